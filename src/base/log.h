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
bool log_enabled(LogLevel level);
// `event` is a constant such as "http.request".
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace b3iq::base
