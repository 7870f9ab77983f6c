#include "agent/logs/log_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/clock.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::int64_t kSmallestFile = 4 * 1024;

std::string lost_line(std::uint64_t lines) {
  return fmt::format(R"({{"time":"{}","level":"error","event":"log.lines_lost","lines":{}}})"
                     "\n",
                     std::string_view(base::rfc3339(base::system_clock().wall_ms())), lines);
}

}  // namespace

std::string log_file_path(const std::string& folder, int age) {
  return age == 0 ? folder + "/agent.log" : fmt::format("{}/agent.log.{}", folder, age);
}

LogFile::LogFile(std::string folder, std::int64_t bytes)
    : folder_(std::move(folder)), file_bytes_(bytes) {}

LogFile::~LogFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::unique_ptr<LogFile>> LogFile::open(std::string folder, std::int64_t total_bytes) {
  const auto failed = [](const std::string& what) {
    return Error(ErrorCode::file_failed,
                 fmt::format("{} cannot be used for logs: {}.", what, std::strerror(errno)));
  };
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return failed(folder);
  const auto each = std::max(total_bytes / kLogFiles, kSmallestFile);
  std::unique_ptr<LogFile> made(new LogFile(std::move(folder), each));
  if (!made->open_file()) return failed(log_file_path(made->folder_, 0));
  return made;
}

// O_NOFOLLOW: a link in the folder is not the node's own file.
bool LogFile::open_file() {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  fd_ = ::open(log_file_path(folder_, 0).c_str(), kFlags, 0600);
  if (fd_ < 0) return false;
  struct stat info{};
  if (::fstat(fd_, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(std::exchange(fd_, -1));
    errno = EINVAL;
    return false;
  }
  ::fchmod(fd_, 0600);
  size_ = info.st_size;
  return true;
}

void LogFile::rotate() {
  ::close(std::exchange(fd_, -1));
  for (int age = kLogFiles - 1; age > 0; --age)
    std::rename(log_file_path(folder_, age - 1).c_str(), log_file_path(folder_, age).c_str());
  open_file();
}

bool LogFile::put(std::string_view line) {
  if (fd_ >= 0 && size_ > 0 && size_ + static_cast<std::int64_t>(line.size()) > file_bytes_)
    rotate();
  if (fd_ < 0 && !open_file()) return false;
  if (broken_) broken_ = ::write(fd_, "\n", 1) != 1;
  const auto written = broken_ ? -1 : ::write(fd_, line.data(), line.size());
  if (written > 0) size_ += written;
  if (written == static_cast<ssize_t>(line.size())) return true;
  broken_ = broken_ || written > 0;
  return false;
}

void LogFile::write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (!put(line)) {
    lost_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  const auto lost = lost_.load(std::memory_order_relaxed);
  if (lost != told_ && put(lost_line(lost - told_))) told_ = lost;
}

}  // namespace b3iq::agent
