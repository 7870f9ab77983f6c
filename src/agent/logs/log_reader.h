// Reads what LogFile keeps, oldest line first, across its files; also while the node writes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/log.h"

namespace b3iq::agent {

struct LogFilter {
  std::int64_t since_ms = 0;  // Unix time; 0: from the first line
  base::LogLevel least = base::LogLevel::debug;
  std::string request_id;  // "": of any request
};

// One line of the log. The views live until the next line.
struct LogLine {
  std::string_view text;  // as it stands in the file, without the line feed
  std::string_view time;  // empty where the line is no JSON of ours
  std::string_view level;
  std::string_view event;
};

bool passes(const LogFilter& filter, const LogLine& line, std::string_view request_id);

// Calls `visit` for each line that passes. A line that is not whole yet is kept for the next read.
class LogReader {
 public:
  using Visit = std::function<void(const LogLine&)>;
  LogReader(std::string folder, LogFilter filter)
      : folder_(std::move(folder)), filter_(std::move(filter)) {}
  ~LogReader();
  LogReader(const LogReader&) = delete;
  LogReader& operator=(const LogReader&) = delete;

  // Whether there is a log at all.
  bool exists() const;
  // What the elder files hold and the newest holds so far.
  void read_all(const Visit& visit);
  // What came since. When the file was rotated in between, the rest of the old one comes first.
  void read_more(const Visit& visit);

 private:
  void drain(const Visit& visit);
  void take(std::string_view line, const Visit& visit);
  bool open_newest();

  std::string folder_;
  LogFilter filter_;
  int fd_ = -1;
  std::string partial_;
};

}  // namespace b3iq::agent
