#include <fmt/format.h>

#include "agent/cli/agent_file.h"
#include "agent/cli/api_channel.h"
#include "agent/cli/commands.h"
#include "agent/cli/enrollment_text.h"
#include "agent/cli/exit_codes.h"
#include "agent/cli/terminal.h"
#include "cli/print_object.h"
#include "json/json.h"

namespace b3iq::agent {
namespace {

std::string text_of(json::Value value) { return std::string(value.string().value_or("")); }

void print_runtime(json::Value runtime) {
  auto state = text_of(runtime.find("state"));
  if (state == "not_running") state = "not running";
  if (const auto detail = text_of(runtime.find("detail")); !detail.empty()) state += ": " + detail;
  if (text_of(runtime.find("breaker")) == "open") {
    const auto retry_s = (runtime.find("retry_ms").integer().value_or(0) + 999) / 1000;
    state += fmt::format("; left out after failures, a call tries it again {}",
                         retry_s > 0 ? fmt::format("in {} s", retry_s) : "now");
  }
  fmt::print("runtime  {} ({}, answers call it {}): {}\n", text_of(runtime.find("id")),
             text_of(runtime.find("kind")), text_of(runtime.find("reference")), state);
}

// Its port is closed, so nothing more can be asked.
int print_draining(const Home& home, const AgentFile& file, OutputForm form) {
  constexpr std::string_view kMeaning = "the calls that run are finished first";
  if (form == OutputForm::json) {
    cli::print_object([&](json::Writer& w) {
      w.member("status", "draining");
      w.member("detail", kMeaning);
      w.member("pid", file.pid);
      w.member("home", home.root);
      w.member("url", file.listen_url);
    });
  } else {
    fmt::print("state    draining: {}\nprocess  {}\nurl      {}\nhome     {}\n", kMeaning, file.pid,
               file.listen_url, home.root);
  }
  return kExitNotRunning;
}

void print_status(json::Value root) {
  fmt::print("node     {}\n", text_of(root.find("node_id")));
  fmt::print("key      {}\n", text_of(root.find("public_key_ed25519")));
  fmt::print("state    {}\n", text_of(root.find("status")));
  if (const auto url = text_of(root.find("url")); !url.empty()) {
    fmt::print("url      {}\nsince    {}\n", url, text_of(root.find("started_at")));
  }
  fmt::print("mode     {}\nhome     {}\nversion  {}\n", text_of(root.find("mode")),
             text_of(root.find("home")), text_of(root.find("version")));
  if (const auto until = text_of(root.find("request_content_until")); !until.empty())
    fmt::print("requests the content of requests is kept in memory until {}\n", until);
  const auto runtimes = root.find("runtimes");
  for (std::size_t i = 0; i < runtimes.size(); ++i) print_runtime(runtimes.at(i));
  const auto models = root.find("models");
  for (std::size_t i = 0; i < models.size(); ++i) {
    const auto model = models.at(i);
    const auto alias = text_of(model.find("alias_of"));
    fmt::print("model    {}{}\n", text_of(model.find("id")), alias.empty() ? "" : " = " + alias);
  }
}

// What a script reads is one object.
std::string with_enrollment(std::string status, std::string_view enrollment) {
  if (status.empty() || status.back() != '}') return status;
  status.pop_back();
  return status.append(",\"enrollment\":").append(enrollment).append("}");
}

}  // namespace

int run_status(const Home& home, OutputForm form) {
  const auto file = read_agent_file(home);
  if (file && file->draining) return print_draining(home, *file, form);
  auto channel = ApiChannel::open(home);
  if (!channel.ok()) return print_error(channel.error());
  auto answer = channel.value()->call(http::Method::get, "/setup/v1/status", "");
  if (!answer.ok()) return print_error(answer.error());
  const auto enrollment = channel.value()->call(http::Method::get, "/setup/v1/enrollment", "");
  if (!enrollment.ok()) return print_error(enrollment.error());
  if (form == OutputForm::json) {
    fmt::print("{}\n", with_enrollment(std::move(answer->body), enrollment->body));
  } else {
    const auto document = json::Document::parse(answer->body);
    if (!document.ok()) return print_error(document.error());
    print_status(document->root());
    const auto managed = json::Document::parse(enrollment->body);
    if (!managed.ok()) return print_error(managed.error());
    print_enrollment(managed->root());
  }
  return channel.value()->running() ? kExitOk : kExitNotRunning;
}

}  // namespace b3iq::agent
