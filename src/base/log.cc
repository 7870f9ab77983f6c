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
LogSink* second_place = nullptr;

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

struct Line {
  std::string_view time;
  std::string_view level;
  std::string_view event;
  std::initializer_list<LogField> fields;
};

void append_json(fmt::memory_buffer& out, const Line& line) {
  fmt::format_to(fmt::appender(out), R"({{"time":"{}","level":"{}","event":)", line.time,
                 line.level);
  append_quoted(out, line.event);
  for (const auto& field : line.fields) {
    out.push_back(',');
    append_quoted(out, field.name);
    out.push_back(':');
    append_value(out, field);
  }
  out.append(std::string_view("}\n"));
}

void append_text(fmt::memory_buffer& out, const Line& line) {
  fmt::format_to(fmt::appender(out), "{} {:5} {}", line.time, line.level, line.event);
  for (const auto& field : line.fields) {
    fmt::format_to(fmt::appender(out), " {}=", field.name);
    append_value(out, field);
  }
  out.push_back('\n');
}

void write_out(const fmt::memory_buffer& out) {
  [[maybe_unused]] const auto written = ::write(line_fd, out.data(), out.size());
}

}  // namespace

void configure_log(LogLevel level, LogFormat format, int fd) {
  threshold = level;
  line_format = format;
  line_fd = fd;
}

void set_log_sink(LogSink* sink) { second_place = sink; }

std::uint64_t log_lines_lost() { return second_place == nullptr ? 0 : second_place->lost(); }

bool log_enabled(LogLevel level) { return level >= threshold.load(std::memory_order_relaxed); }

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!log_enabled(level)) return;
  const auto time = rfc3339(system_clock().wall_ms());
  const Line line{time, kNames[static_cast<int>(level)], event, fields};
  const bool json = line_format == LogFormat::json;
  if (json || second_place != nullptr) {
    fmt::memory_buffer out;
    append_json(out, line);
    if (json) write_out(out);
    if (second_place != nullptr) second_place->write({out.data(), out.size()});
  }
  if (!json) {
    fmt::memory_buffer out;
    append_text(out, line);
    write_out(out);
  }
}

}  // namespace b3iq::base
