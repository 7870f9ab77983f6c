#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>

#include "agent/cli/amount_text.h"
#include "agent/cli/api_channel.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/cli/setup_call.h"
#include "agent/cli/terminal.h"

namespace b3iq::agent {
namespace {

using base::Result;

constexpr std::string_view kClearScreen = "\x1b[H\x1b[2J\x1b[3J";
constexpr std::string_view kHideCursor = "\x1b[?25l";
constexpr std::string_view kShowCursor = "\x1b[?25h";

volatile sig_atomic_t stop_asked = 0;
void on_stop(int) { stop_asked = 1; }

Result<json::Document> ask(ApiChannel& channel, std::string_view path) {
  TRY(const auto answer, channel.call(http::Method::get, path, ""));
  return json::Document::parse(answer.body);
}

// One look, as the node's own answers.
base::Status show_json(ApiChannel& channel) {
  std::string out;
  for (const auto* const part : {"status", "inventory", "live", "runtimes"}) {
    TRY(const auto answer, channel.call(http::Method::get, fmt::format("/setup/v1/{}", part), ""));
    out += fmt::format("{}\"{}\":{}", out.empty() ? "{" : ",", part, answer.body);
  }
  fmt::print("{}}}\n", out);
  return {};
}

std::string memory_line(json::Value inventory) {
  const auto memory = inventory.find("memory");
  const auto free_bytes = memory.find("available_bytes").integer();
  const auto total = memory.find("total_bytes").integer();
  std::string line = fmt::format("memory {} free of {}", free_bytes ? bytes_text(*free_bytes) : "?",
                                 total ? bytes_text(*total) : "?");
  const auto gpus = inventory.find("gpus");
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    const auto gpu = gpus.at(i);
    const auto use = gpu.find("utilization_percent").integer();
    const auto used = gpu.find("memory_used_bytes").integer();
    const auto temperature = gpu.find("temperature_c").integer();
    line += fmt::format(" | GPU {}: {} %, {} used, {} C", i, use ? fmt::format("{}", *use) : "?",
                        used ? bytes_text(*used) : "?",
                        temperature ? fmt::format("{}", *temperature) : "?");
  }
  return line;
}

std::vector<std::vector<std::string>> call_rows(json::Value calls) {
  std::vector<std::vector<std::string>> rows = {
      {"CALL", "ACCOUNT", "MODEL", "RUNTIME", "STATE", "AGE", "TOKENS", "TOKENS/S"}};
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto call = calls.at(i);
    const auto rate = call.find("tokens_per_second").number();
    rows.push_back({text_of(call.find("id")), text_of(call.find("account")),
                    text_of(call.find("model")), text_of(call.find("runtime")),
                    text_of(call.find("state")),
                    duration_text(call.find("age_ms").integer().value_or(0)),
                    fmt::format("{}", call.find("tokens").integer().value_or(0)),
                    rate ? fmt::format("{:.1f}", *rate) : "-"});
  }
  return rows;
}

base::Status show(ApiChannel& channel, bool clear) {
  TRY(const auto status, ask(channel, "/setup/v1/status"));
  TRY(const auto machine, ask(channel, "/setup/v1/inventory"));
  TRY(const auto live, ask(channel, "/setup/v1/live"));
  TRY(const auto runtimes, ask(channel, "/setup/v1/runtimes"));
  if (clear) fmt::print("{}", kClearScreen);
  const auto calls = live.root().find("data");
  double rate = 0;
  for (std::size_t i = 0; i < calls.size(); ++i)
    rate += calls.at(i).find("tokens_per_second").number().value_or(0);
  fmt::print("{} {}  {} receipts since the start\n", text_of(status.root().find("url")),
             text_of(status.root().find("version")),
             status.root().find("receipts_since_start").integer().value_or(0));
  fmt::print("{}\n", memory_line(machine.root().find("inventory")));
  const auto lanes = runtimes.root().find("data");
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const auto lane = lanes.at(i);
    fmt::print("{}: {}, {} running, {} waiting{}\n", text_of(lane.find("id")),
               text_of(lane.find("state")), lane.find("calls_running").integer().value_or(0),
               lane.find("calls_waiting").integer().value_or(0),
               text_of(lane.find("breaker")) == "open" ? ", left alone after failures" : "");
  }
  fmt::print("\n{} calls, {:.1f} tokens/s\n", calls.size(), rate);
  if (calls.size() > 0) print_table(call_rows(calls));
  std::fflush(stdout);
  return {};
}

}  // namespace

int run_top(const Home& home, const TopOptions& options, OutputForm form) {
  auto channel = ApiChannel::open(home);
  if (!channel.ok()) return print_error(channel.error());
  if (!channel.value()->running()) {
    return print_error(base::Error(base::ErrorCode::runtime_unreachable,
                                   "No node serves this home. Start it: b3iq-host serve"));
  }
  if (form == OutputForm::json) {
    const auto shown = show_json(*channel.value());
    return shown.ok() ? kExitOk : print_error(shown.error());
  }
  const bool live = !options.once && is_terminal(STDOUT_FILENO);
  struct sigaction action{};
  action.sa_handler = on_stop;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  if (live) fmt::print("{}", kHideCursor);
  base::Status shown;
  do {
    shown = show(*channel.value(), live);
    if (live && shown.ok() && !stop_asked)
      ::usleep(static_cast<useconds_t>(options.interval_s) * 1'000'000);
  } while (live && shown.ok() && !stop_asked);
  if (live) fmt::print("{}\n", kShowCursor);
  return shown.ok() ? kExitOk : print_error(shown.error());
}

}  // namespace b3iq::agent
