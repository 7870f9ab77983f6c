#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <deque>
#include <optional>
#include <thread>

#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/cli/terminal.h"
#include "agent/logs/log_reader.h"
#include "base/clock.h"
#include "json/json.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::chrono::milliseconds kFollowPause{200};

// "90s", "10m", "2h", "3d" before now, or a UTC time.
Result<std::int64_t> parse_since(const std::string& text, std::int64_t now_ms) {
  if (text.empty()) return std::int64_t{0};
  std::int64_t at_ms = 0;
  if (base::parse_rfc3339(text, at_ms)) return at_ms;
  std::int64_t count = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, count);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  const std::int64_t seconds = unit == "s"   ? 1
                               : unit == "m" ? 60
                               : unit == "h" ? 3600
                               : unit == "d" ? 86'400
                                             : 0;
  constexpr std::int64_t kMostUnits = 100'000;
  if (failure != std::errc() || seconds == 0 || count < 0 || count > kMostUnits) {
    return Error(ErrorCode::invalid_request,
                 fmt::format("--since '{}' is no time. Write 90s, 10m, 2h, 3d, or a UTC time such "
                             "as 2027-01-31T00:00:00Z.",
                             text));
  }
  return now_ms - count * seconds * 1000;
}

base::LogLevel level_of(std::string_view name) {
  using enum base::LogLevel;
  return name == "error" ? error : name == "warn" ? warn : name == "info" ? info : debug;
}

bool wants_colour() {
  const char* refused = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return is_terminal(STDOUT_FILENO) && (refused == nullptr || *refused == '\0') &&
         (terminal == nullptr || std::string_view(terminal) != "dumb");
}

std::string_view colour_of(std::string_view level) {
  return level == "error" ? "\x1b[31m" : level == "warn" ? "\x1b[33m" : "\x1b[2m";
}

// As JSON writes it, so that nothing in it can steer the terminal; without quotes where none are
// needed.
std::string shown_value(json::Value value) {
  auto text = value.to_text();
  const bool plain = value.is_string() && text.size() > 2 &&
                     text.find_first_of(" \\=", 0) == std::string::npos &&
                     text.find('"', 1) == text.size() - 1;
  return plain ? text.substr(1, text.size() - 2) : text;
}

// 2026-11-22 06:31:08.123  warn   http.accept_failed  error=…
std::string for_people(const LogLine& line, bool colour) {
  std::string out(line.time.substr(0, 10));
  if (line.time.size() > 12) out.append(" ").append(line.time.substr(11, line.time.size() - 12));
  out += fmt::format("  {}{:<5}{}  {}", colour ? colour_of(line.level) : "", line.level,
                     colour ? "\x1b[0m" : "", line.event);
  const auto document = json::Document::parse(line.text);
  if (!document.ok()) return out;
  const auto root = document->root();
  for (std::size_t i = 0; i < root.size(); ++i) {
    const auto member = root.member(i);
    if (member.name == "time" || member.name == "level" || member.name == "event") continue;
    out += fmt::format("  {}={}", member.name, shown_value(member.value));
  }
  return out;
}

void print_line(const std::string& line) { fmt::print("{}\n", line); }

// Ends with the program: Ctrl-C, or nobody reads standard output any more.
int follow(LogReader& reader, const LogReader::Visit& print) {
  for (;;) {
    if (std::fflush(stdout) != 0) return kExitOk;
    std::this_thread::sleep_for(kFollowPause);
    reader.read_more(print);
  }
}

}  // namespace

int run_logs(const Home& home, const LogsOptions& options) {
  const auto since = parse_since(options.since, base::system_clock().wall_ms());
  if (!since.ok()) {
    print_error(since.error());
    return kExitUsage;
  }
  LogReader reader(home.logs(), {*since, level_of(options.level), options.request_id});
  if (!reader.exists() && !options.follow) {
    return print_error(
        Error(ErrorCode::not_found,
              fmt::format("{} holds no log: the node has not served yet, or log.file_size is 0 in "
                          "config.json. Start it: b3iq-host serve",
                          home.logs())));
  }
  const bool json = options.form == OutputForm::json;
  const bool colour = !json && wants_colour();
  const auto shown = [json, colour](const LogLine& line) {
    return json ? std::string(line.text) : for_people(line, colour);
  };
  const bool narrowed = !options.since.empty() || !options.request_id.empty();
  const auto most = options.lines.value_or(narrowed ? 0 : kDefaultLogLines);
  std::deque<std::string> newest;
  reader.read_all([&](const LogLine& line) {
    newest.push_back(shown(line));
    if (most > 0 && static_cast<std::int64_t>(newest.size()) > most) newest.pop_front();
  });
  for (const auto& line : newest) print_line(line);
  if (!options.follow) return kExitOk;
  return follow(reader, [&shown](const LogLine& line) { print_line(shown(line)); });
}

}  // namespace b3iq::agent
