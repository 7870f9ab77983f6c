#include "agent/cli/setup_call.h"
#include "agent/cli/terminal.h"

namespace b3iq::agent {

int run_audit_list(const Home& home, std::int64_t limit, OutputForm form) {
  const auto path = fmt::format("/setup/v1/audit?limit={}", limit);
  return call_and_print(home, http::Method::get, path, "", form, [](json::Value root) {
    std::vector<std::vector<std::string>> rows = {{"SEQ", "AT", "ACTOR", "ACT", "SUBJECT"}};
    const auto data = root.find("data");
    for (std::size_t i = data.size(); i-- > 0;) {
      const auto entry = data.at(i);
      rows.push_back({fmt::format("{}", entry.find("seq").integer().value_or(0)),
                      time_text(entry.find("at")), text_of(entry.find("actor")),
                      text_of(entry.find("act")), text_of(entry.find("subject"))});
    }
    if (rows.size() == 1) {
      fmt::print("Nothing yet.\n");
    } else {
      print_table(rows);
    }
  });
}

int run_audit_verify(const Home& home, OutputForm form) {
  bool holds = false;
  const auto outcome = call_setup_api(home, http::Method::get, "/setup/v1/audit/verification", "");
  if (outcome.exit_code != kExitOk) return outcome.exit_code;
  const auto document = json::Document::parse(outcome.body);
  if (!document.ok()) return print_error(document.error());
  const auto state = document->root();
  holds = state.find("holds").boolean().value_or(false);
  if (form == OutputForm::json) {
    fmt::print("{}\n", outcome.body);
  } else if (holds) {
    fmt::print("The chain of {} entries holds. Its head is {}.\n",
               state.find("entries").integer().value_or(0), text_of(state.find("head")));
  } else {
    fmt::print("The chain is broken from entry {} on: the log was changed behind the node.\n",
               state.find("first_broken_seq").integer().value_or(0));
  }
  return holds ? kExitOk : kExitFailed;
}

}  // namespace b3iq::agent
