#include "base/log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cmath>

#include "base/bytes.h"
#include "base/clock.h"

namespace b3iq::base {
namespace {

std::atomic<LogLevel> threshold = LogLevel::info;
LogFormat line_format = LogFormat::text;
int line_fd = 2;

constexpr std::string_view kNames[] = {"debug", "info", "warn", "error", "off"};

void append_quoted(fmt::memory_buffer& out, std::string_view text) {
  const bool utf8 = valid_utf8(text);
  out.push_back('"');
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (!utf8 && byte >= 0x80) {
      out.append(std::string_view("\\ufffd"));
      continue;
    }
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte < 0x20 || byte == 0x7F) {
      fmt::format_to(fmt::appender(out), "\\u{:04x}", byte);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

void append_value(fmt::memory_buffer& out, const LogField& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    append_quoted(out, *text);
  } else if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
    fmt::format_to(fmt::appender(out), "{}", *integer);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    if (std::isfinite(*real)) {
      fmt::format_to(fmt::appender(out), "{:.3f}", *real);
    } else {
      out.append(std::string_view("null"));
    }
  } else {
    fmt::format_to(fmt::appender(out), "{}", std::get<bool>(field.value));
  }
}

}  // namespace

void configure_log(LogLevel level, LogFormat format, int fd) {
  threshold = level;
  line_format = format;
  line_fd = fd;
}

bool log_enabled(LogLevel level) { return level >= threshold.load(std::memory_order_relaxed); }

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!log_enabled(level)) return;
  const auto time = format_rfc3339(system_clock().wall_ms());
  const auto name = kNames[static_cast<int>(level)];
  fmt::memory_buffer out;
  if (line_format == LogFormat::json) {
    fmt::format_to(fmt::appender(out), R"({{"time":"{}","level":"{}","event":)", time, name);
    append_quoted(out, event);
    for (const auto& field : fields) {
      out.push_back(',');
      append_quoted(out, field.name);
      out.push_back(':');
      append_value(out, field);
    }
    out.push_back('}');
  } else {
    fmt::format_to(fmt::appender(out), "{} {:5} {}", time, name, event);
    for (const auto& field : fields) {
      fmt::format_to(fmt::appender(out), " {}=", field.name);
      append_value(out, field);
    }
  }
  out.push_back('\n');
  [[maybe_unused]] const auto written = ::write(line_fd, out.data(), out.size());
}

}  // namespace b3iq::base
