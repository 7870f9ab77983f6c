#include "agent/logs/log_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "agent/logs/log_file.h"
#include "base/clock.h"
#include "json/json.h"

namespace b3iq::agent {

namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
// A line of ours is shorter; what is longer is none and is not kept.
constexpr std::size_t kMaxLine = 1024 * 1024;

base::LogLevel level_of(std::string_view name) {
  using enum base::LogLevel;
  return name == "error" ? error : name == "warn" ? warn : name == "debug" ? debug : info;
}

int open_for_reading(const std::string& path) {
  return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

bool same_file(int fd, const std::string& path) {
  struct stat opened{};
  struct stat named{};
  return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

}  // namespace

bool passes(const LogFilter& filter, const LogLine& line, std::string_view request_id) {
  if (!filter.request_id.empty() && filter.request_id != request_id) return false;
  if (level_of(line.level) < filter.least) return false;
  if (filter.since_ms == 0) return true;
  std::int64_t at = 0;
  return base::parse_rfc3339(line.time, at) && at >= filter.since_ms;
}

LogReader::~LogReader() {
  if (fd_ >= 0) ::close(fd_);
}

bool LogReader::exists() const { return ::access(log_file_path(folder_, 0).c_str(), F_OK) == 0; }

bool LogReader::open_newest() {
  fd_ = open_for_reading(log_file_path(folder_, 0));
  return fd_ >= 0;
}

void LogReader::read_all(const Visit& visit) {
  for (int age = kLogFiles - 1; age > 0; --age) {
    fd_ = open_for_reading(log_file_path(folder_, age));
    if (fd_ < 0) continue;
    drain(visit);
    ::close(std::exchange(fd_, -1));
    partial_.clear();
  }
  if (open_newest()) drain(visit);
}

void LogReader::read_more(const Visit& visit) {
  if (fd_ >= 0) drain(visit);
  if (fd_ >= 0 && same_file(fd_, log_file_path(folder_, 0))) return;
  if (fd_ >= 0) {
    // What was written between the read and the rotation.
    drain(visit);
    ::close(std::exchange(fd_, -1));
    partial_.clear();
  }
  if (open_newest()) drain(visit);
}

void LogReader::drain(const Visit& visit) {
  std::array<char, kReadBytes> buffer;
  for (;;) {
    const auto n = ::read(fd_, buffer.data(), buffer.size());
    if (n <= 0) return;
    std::string_view rest(buffer.data(), static_cast<std::size_t>(n));
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      partial_ += rest.substr(0, end);
      take(partial_, visit);
      partial_.clear();
      rest.remove_prefix(end + 1);
    }
    if (partial_.size() + rest.size() <= kMaxLine) partial_ += rest;
  }
}

void LogReader::take(std::string_view text, const Visit& visit) {
  if (text.empty()) return;
  const auto document = json::Document::parse(text);
  if (!document.ok() || !document->root().is_object()) return;
  const auto root = document->root();
  const LogLine line{text, root.find("time").string().value_or(""),
                     root.find("level").string().value_or(""),
                     root.find("event").string().value_or("")};
  if (line.event.empty()) return;
  if (passes(filter_, line, root.find("request_id").string().value_or(""))) visit(line);
}

}  // namespace b3iq::agent
