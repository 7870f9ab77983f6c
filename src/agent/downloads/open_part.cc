#include "agent/downloads/open_part.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace b3iq::agent {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr mode_t kFileMode = 0600;
constexpr mode_t kOthers = 0077;

Error unusable(const std::string& path, std::string_view why) {
  return Error(ErrorCode::file_failed, "The part file " + path + " cannot be used: " +
                                           std::string(why) + ". Remove it and try again.");
}

std::string read_small(int fd, std::size_t limit) {
  std::string text;
  std::array<char, 4096> buffer;
  while (text.size() <= limit) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0 ? text : std::string();
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return {};
}

// A plain file of ours, with this one name, in its folder's own file system.
base::Status check_file(const OpenPart& part, struct stat& status) {
  struct stat folder{};
  if (::fstat(part.file.get(), &status) != 0 || ::fstat(part.folder.get(), &folder) != 0) {
    return part_failed("look at", part.path, errno);
  }
  if (!S_ISREG(status.st_mode)) return unusable(part.path, "it is no plain file");
  if (status.st_dev != folder.st_dev) {
    return unusable(part.path, "it is on another file system than its folder");
  }
  if (status.st_nlink != 1) return unusable(part.path, "the file has another name as well");
  if (status.st_uid != ::geteuid()) return unusable(part.path, "it belongs to another user");
  return {};
}

}  // namespace

OwnedFd::OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
OwnedFd& OwnedFd::operator=(OwnedFd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}
OwnedFd::~OwnedFd() {
  if (fd_ >= 0) ::close(fd_);
}

Error part_failed(std::string_view act, const std::string& path, int error) {
  return Error(ErrorCode::file_failed,
               "Cannot " + std::string(act) + " " + path + ": " + std::strerror(error) + ".");
}

Result<OpenPart> open_part(const std::string& path) {
  OpenPart part;
  part.path = path;
  const auto slash = path.rfind('/');
  part.name = slash == std::string::npos ? path : path.substr(slash + 1);
  const std::string folder =
      slash == std::string::npos ? "." : path.substr(0, slash == 0 ? 1 : slash);
  if (part.name.empty() || part.name == "." || part.name == "..") {
    return unusable(path, "it has no name");
  }
  part.folder = OwnedFd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!part.folder.ok()) return part_failed("open the folder", folder, errno);
  // O_NONBLOCK: a pipe of that name must not hold us.
  const int fd = ::openat(part.folder.get(), part.name.c_str(),
                          O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, kFileMode);
  if (fd < 0) {
    if (errno == ELOOP) return unusable(path, "it is a symbolic link");
    return part_failed("open", path, errno);
  }
  part.file = OwnedFd(fd);
  struct stat status{};
  TRY_OK(check_file(part, status));
  if (::flock(part.file.get(), LOCK_EX | LOCK_NB) != 0) {
    return Error(ErrorCode::conflict,
                 "Another download writes " + path + ". Wait for its end, or cancel it.");
  }
  if ((status.st_mode & kOthers) != 0 && ::fchmod(part.file.get(), kFileMode) != 0) {
    return part_failed("close to other users", path, errno);
  }
  if (::fsync(part.folder.get()) != 0) return part_failed("sync the folder", folder, errno);
  part.bytes = status.st_size;
  return part;
}

std::optional<DownloadRecord> load_record(const OpenPart& part) {
  const OwnedFd file(::openat(part.folder.get(), part.record_name().c_str(),
                              O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.ok()) return std::nullopt;
  return read_record(read_small(file.get(), kMaxRecordBytes));
}

base::Status save_record(const OpenPart& part, const DownloadRecord& record) {
  const std::string name = part.record_name();
  const std::string fresh = name + ".new";
  const auto failed = [&](int error) {
    ::unlinkat(part.folder.get(), fresh.c_str(), 0);
    return Error(ErrorCode::storage_failed,
                 "Cannot write " + part.path + ".json: " + std::strerror(error) + ".");
  };
  // What lies there is a try that was ended; a link in its place goes with it.
  ::unlinkat(part.folder.get(), fresh.c_str(), 0);
  const OwnedFd file(::openat(part.folder.get(), fresh.c_str(),
                              O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (!file.ok()) return failed(errno);
  if (const int error = write_at(file.get(), write_record(record), 0); error != 0) {
    return failed(error);
  }
  if (::fsync(file.get()) != 0) return failed(errno);
  if (::renameat(part.folder.get(), fresh.c_str(), part.folder.get(), name.c_str()) != 0) {
    return failed(errno);
  }
  if (::fsync(part.folder.get()) != 0) return failed(errno);
  return {};
}

void remove_files(const OpenPart& part) {
  ::unlinkat(part.folder.get(), part.record_name().c_str(), 0);
  ::unlinkat(part.folder.get(), part.name.c_str(), 0);
  ::fsync(part.folder.get());
}

int write_at(int fd, std::string_view bytes, std::int64_t offset) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd, bytes.data(), bytes.size(), offset);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(put));
    offset += put;
  }
  return 0;
}

std::string current_boot_id() {
  const OwnedFd file(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return {};
  constexpr std::size_t kIdBytes = 64;
  return std::string(base::trimmed(read_small(file.get(), kIdBytes)));
}

}  // namespace b3iq::agent
