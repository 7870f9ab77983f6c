#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "agent/doctor/doctor_checks.h"
#include "agent/doctor/short_question.h"
#include "json/json.h"

namespace b3iq::agent {
namespace {

// The node asks its runtimes when it tells of them: longer than one of them may take.
constexpr std::int64_t kDeadlineMs = 4'000;
constexpr int kOk = 200;

// "T" when it is stopped; "" when it is gone.
std::string process_state(std::int64_t pid) {
  std::ifstream in(fmt::format("/proc/{}/stat", pid));
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto name_end = text.rfind(')');
  return name_end == std::string::npos ? "" : text.substr(name_end + 2, 1);
}

void report_silence(const AgentFile& file, const std::string& why, Diagnosis& out) {
  const bool stopped = process_state(file.pid) == "T";
  out.fault(
      "node.answers",
      fmt::format("Process {} {} at {}: {}", file.pid,
                  stopped ? "is stopped and does not answer" : "does not answer", file.url, why),
      fmt::format("kill -{} {}", stopped ? "CONT" : "TERM", file.pid));
}

void judge_runtime(json::Value runtime, Diagnosis& out) {
  const auto prefix = "runtime." + std::string(runtime.find("id").string().value_or(""));
  const auto detail = runtime.find("detail").string().value_or("");
  if (runtime.find("breaker").string() == "open") {
    out.fault(prefix + ".breaker",
              fmt::format("The node keeps calls away from it: three in a row failed. {}", detail),
              "Look at that runtime's own log and mend it; the node tries it again by itself.");
  }
  // Of servers the doctor asks itself.
  if (runtime.find("kind").string() != "embedded") return;
  if (runtime.find("state").string() == "unreachable") {
    out.fault(prefix + ".worker", fmt::format("Its worker does not run: {}", detail),
              "The node's log says why it ended (journalctl -u b3iq-host); then start the node "
              "again.");
  } else {
    out.good(prefix + ".worker", std::string(runtime.find("state").string().value_or("")));
  }
}

void judge_runtimes(const base::Result<ShortAnswer>& answer, Diagnosis& out) {
  if (!answer.ok() || answer->status != kOk) return;
  const auto document = json::Document::parse(answer->body);
  if (!document.ok()) return;
  const auto list = document->root().find("data");
  for (std::size_t i = 0; i < list.size(); ++i) judge_runtime(list.at(i), out);
}

}  // namespace

bool check_node(const Home& home, Diagnosis& out) {
  const auto file = read_agent_file(home);
  if (!file) {
    out.warning("node.running", "No node serves this home.",
                fmt::format("b3iq-host --home {} serve", shell_word(home.root)));
    return false;
  }
  out.good("node.running", fmt::format("process {}", file->pid));
  if (file->draining) {
    out.warning("node.draining",
                fmt::format("The node drains: process {} was told to stop, finishes the calls that "
                            "run and takes nothing else.",
                            file->pid),
                "Wait for its end; a signal now would cut the running answers.");
    return true;
  }
  const auto origin = http::parse_origin(file->url);
  if (!origin.ok()) {
    report_silence(*file, "its address is none", out);
    return true;
  }
  ShortQuestion status{*origin, "/setup/v1/status", file->operator_token, "", {}};
  status.policy = [](std::string_view, std::uint16_t) { return base::Status(); };
  auto runtimes = status;
  runtimes.path = "/setup/v1/runtimes";
  const auto answers = ask_shortly({status, runtimes}, kDeadlineMs);
  if (!answers[0].ok()) {
    report_silence(*file, answers[0].error().detail, out);
  } else if (answers[0]->status != kOk) {
    report_silence(*file, fmt::format("status {}", answers[0]->status), out);
  } else {
    out.good("node.answers", file->url);
    judge_runtimes(answers[1], out);
  }
  return true;
}

}  // namespace b3iq::agent
