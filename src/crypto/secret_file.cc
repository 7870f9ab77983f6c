#include "crypto/secret_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/random.h"

namespace b3iq::crypto {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kOthers = 0077;

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

// Removes a file that was not renamed away.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string path) : path_(std::move(path)) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  const std::string& path() const { return path_; }
  void keep() { path_.clear(); }

 private:
  std::string path_;
};

base::Error failed(const std::string& what, const std::string& path, int error) {
  return base::Error(base::ErrorCode::file_failed,
                     "Cannot " + what + " " + path + ": " + std::strerror(error) + ".");
}

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

base::Status prepare_directory(const std::string& directory) {
  if (::mkdir(directory.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
    return failed("make the directory", directory, errno);
  }
  struct stat status;
  if (::stat(directory.c_str(), &status) != 0) return failed("look at", directory, errno);
  if (!S_ISDIR(status.st_mode)) return failed("use", directory, ENOTDIR);
  if ((status.st_mode & kOthers) != 0) {
    return base::Error(base::ErrorCode::file_failed,
                       "The directory " + directory +
                           " holds private keys and is open to other users. Close it: chmod 700 " +
                           directory);
  }
  return {};
}

base::Status write_all(int fd, base::ByteView bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("write", path, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  if (::fsync(fd) != 0) return failed("sync", path, errno);
  return {};
}

std::string temporary_name(const std::string& path) {
  std::array<std::uint8_t, 8> suffix;
  base::system_random().fill(suffix);
  return path + ".new-" + base::to_hex(suffix);
}

// Gives the finished file its name. link(2) fails when the name is taken; rename(2) replaces.
base::Status publish(TemporaryFile& file, const std::string& path, IfExists if_exists) {
  if (if_exists == IfExists::replace) {
    if (::rename(file.path().c_str(), path.c_str()) != 0) return failed("replace", path, errno);
    file.keep();
    return {};
  }
  if (::link(file.path().c_str(), path.c_str()) == 0) return {};
  if (errno != EEXIST) return failed("make", path, errno);
  return base::Error(base::ErrorCode::conflict,
                     "The file " + path + " exists already. Remove it first if it is not needed.");
}

}  // namespace

base::Status write_secret_file(const std::string& path, base::ByteView bytes, IfExists if_exists) {
  const std::string directory = directory_of(path);
  TRY_OK(prepare_directory(directory));
  TemporaryFile temporary(temporary_name(path));
  {
    Fd file(::open(temporary.path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                   kFileMode));
    if (!file.ok()) return failed("make", temporary.path(), errno);
    if (::fchmod(file.get(), kFileMode) != 0) return failed("close to others", path, errno);
    TRY_OK(write_all(file.get(), bytes, path));
  }
  TRY_OK(publish(temporary, path, if_exists));
  Fd directory_fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory_fd.ok() || ::fsync(directory_fd.get()) != 0)
    return failed("sync", directory, errno);
  return {};
}

base::Result<Secret> read_secret_file(const std::string& path) {
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.ok() && errno == ENOENT) {
    return base::Error(base::ErrorCode::not_found, "There is no file " + path + ".");
  }
  if (!file.ok()) return failed("open", path, errno);
  struct stat status;
  if (::fstat(file.get(), &status) != 0) return failed("look at", path, errno);
  if (!S_ISREG(status.st_mode)) {
    return base::Error(base::ErrorCode::file_failed, path + " is not a plain file.");
  }
  if ((status.st_mode & kOthers) != 0) {
    return base::Error(base::ErrorCode::file_failed,
                       "The file " + path +
                           " holds a secret and is open to other users. Close it: chmod 600 " +
                           path + " (and replace the secret if they may have read it).");
  }
  if (static_cast<std::size_t>(status.st_size) > kMaxSecretFileBytes) {
    return base::Error(base::ErrorCode::file_failed, path + " is too large for a secret; at most " +
                                                         std::to_string(kMaxSecretFileBytes) +
                                                         " bytes are read.");
  }
  Secret secret = Secret::of_size(static_cast<std::size_t>(status.st_size));
  std::size_t filled = 0;
  while (filled < secret.size()) {
    const ssize_t n = ::read(file.get(), secret.writable().data() + filled, secret.size() - filled);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("read", path, errno);
    if (n == 0) {
      return base::Error(base::ErrorCode::file_failed,
                         path + " changed while it was read. Try again.");
    }
    filled += static_cast<std::size_t>(n);
  }
  return secret;
}

}  // namespace b3iq::crypto
