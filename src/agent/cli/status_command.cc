#include <fmt/format.h>

#include "agent/cli/api_channel.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/cli/terminal.h"
#include "json/json.h"

namespace b3iq::agent {
namespace {

std::string text_of(json::Value value) { return std::string(value.string().value_or("")); }

void print_status(json::Value root) {
  fmt::print("node     {}\n", text_of(root.find("node_id")));
  fmt::print("key      {}\n", text_of(root.find("public_key_ed25519")));
  fmt::print("state    {}\n", text_of(root.find("status")));
  if (const auto url = text_of(root.find("url")); !url.empty()) {
    fmt::print("url      {}\nsince    {}\n", url, text_of(root.find("started_at")));
  }
  fmt::print("mode     {}\nhome     {}\nversion  {}\n", text_of(root.find("mode")),
             text_of(root.find("home")), text_of(root.find("version")));
  const auto runtimes = root.find("runtimes");
  for (std::size_t i = 0; i < runtimes.size(); ++i) {
    const auto runtime = runtimes.at(i);
    const auto detail = text_of(runtime.find("detail"));
    fmt::print("runtime  {} ({}, answers call it {}): {}{}{}\n", text_of(runtime.find("id")),
               text_of(runtime.find("kind")), text_of(runtime.find("reference")),
               text_of(runtime.find("state")), detail.empty() ? "" : ": ", detail);
  }
  const auto models = root.find("models");
  for (std::size_t i = 0; i < models.size(); ++i) {
    const auto model = models.at(i);
    const auto alias = text_of(model.find("alias_of"));
    fmt::print("model    {}{}\n", text_of(model.find("id")), alias.empty() ? "" : " = " + alias);
  }
}

}  // namespace

int run_status(const Home& home, OutputForm form) {
  auto channel = ApiChannel::open(home);
  if (!channel.ok()) return print_error(channel.error());
  auto answer = channel.value()->call(http::Method::get, "/setup/v1/status", "");
  if (!answer.ok()) return print_error(answer.error());
  if (form == OutputForm::json) {
    fmt::print("{}\n", answer->body);
  } else {
    const auto document = json::Document::parse(answer->body);
    if (!document.ok()) return print_error(document.error());
    print_status(document->root());
  }
  return channel.value()->running() ? kExitOk : kExitNotRunning;
}

}  // namespace b3iq::agent
