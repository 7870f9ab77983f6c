#include "storage/sqlite/file_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstring>

namespace b3iq::storage {
namespace {

std::string process_name() {
  char path[4096];
  const auto n = ::readlink("/proc/self/exe", path, sizeof path);
  if (n <= 0) return "?";
  const std::string_view whole(path, static_cast<std::size_t>(n));
  return std::string(whole.substr(whole.rfind('/') + 1));
}

std::string read_owner(int fd) {
  char text[128];
  const auto n = ::pread(fd, text, sizeof text, 0);
  std::string out(text, n > 0 ? static_cast<std::size_t>(n) : 0);
  while (out.ends_with('\n')) out.pop_back();
  return out.empty() ? "another process" : out;
}

}  // namespace

base::Result<FileLock> FileLock::acquire(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    return base::Error(base::ErrorCode::file_failed,
                       fmt::format("cannot open the lock file {}: {}", path, std::strerror(errno)));
  }
  FileLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return base::Error(base::ErrorCode::file_failed,
                         fmt::format("cannot lock {}: {}", path, std::strerror(errno)));
    }
    return base::Error(
        base::ErrorCode::conflict,
        fmt::format("{} is held by {}, which runs on this data already. Stop it first, or use the "
                    "commands that talk to it.",
                    path, read_owner(fd)));
  }
  const std::string owner = fmt::format("process {} ({})\n", ::getpid(), process_name());
  if (::ftruncate(fd, 0) != 0 ||
      ::pwrite(fd, owner.data(), owner.size(), 0) != static_cast<ssize_t>(owner.size())) {
    // A full disk: the lock holds all the same, only the owner's name is missing.
    static_cast<void>(errno);
  }
  return lock;
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace b3iq::storage
