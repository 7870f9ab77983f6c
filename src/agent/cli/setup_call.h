// One call of the setup API by a command, and what commands print of its answer.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "http/message.h"
#include "json/json.h"

namespace b3iq::agent {

// The answer's body, or an exit code with the error printed.
struct CallOutcome {
  int exit_code = kExitOk;
  std::string body;
};
CallOutcome call_setup_api(const Home& home, http::Method method, std::string_view path,
                           std::string_view body);

// The same for what only a serving node can do: kExitNotRunning, with the next step, when none
// serves this home.
CallOutcome call_serving_node(const Home& home, http::Method method, std::string_view path,
                              std::string_view body);

// Prints the answer as it is, or hands it to `print`.
template <class Print>
int print_answer(const CallOutcome& outcome, OutputForm form, Print print) {
  if (outcome.exit_code != kExitOk) return outcome.exit_code;
  if (form == OutputForm::json) {
    fmt::print("{}\n", outcome.body);
    return kExitOk;
  }
  const auto document = json::Document::parse(outcome.body);
  if (!document.ok()) return kExitFailed;
  print(document->root());
  return kExitOk;
}

// Calls and hands the JSON to `print`; with --json the JSON itself is printed.
template <class Print>
int call_and_print(const Home& home, http::Method method, std::string_view path,
                   std::string_view body, OutputForm form, Print print) {
  return print_answer(call_setup_api(home, method, path, body), form, std::move(print));
}

std::string text_of(json::Value value);
// The time without its fraction, or a dash.
std::string time_text(json::Value value);

}  // namespace b3iq::agent
