// Structured logs: one line per event, JSON or text. Never content, never a secret. Any thread; a
// line is one write.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <variant>

namespace b3iq::base {

enum class LogLevel : std::uint8_t { debug, info, warn, error, off };
enum class LogFormat : std::uint8_t { text, json };

struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

// Once, before threads start. Default: info, text, standard error.
void configure_log(LogLevel level, LogFormat format, int fd = 2);

// A second place for the lines, always as JSON. Any thread; it keeps the order itself.
class LogSink {
 public:
  virtual ~LogSink() = default;
  // `line` ends with a line feed.
  virtual void write(std::string_view line) = 0;
  // Lines that could not be kept.
  virtual std::uint64_t lost() const = 0;
};
// Once, before threads start; null takes it away. It outlives all that logs.
void set_log_sink(LogSink* sink);
std::uint64_t log_lines_lost();
bool log_enabled(LogLevel level);
// `event` is a constant such as "http.request".
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace b3iq::base
