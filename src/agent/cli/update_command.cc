#include "agent/cli/setup_call.h"
#include "agent/cli/terminal.h"

namespace b3iq::agent {

namespace {

void print_check(json::Value check) {
  const auto latest = text_of(check.find("latest"));
  const auto current = text_of(check.find("current"));
  if (const auto error = check.find("error"); error.is_object()) {
    fmt::print(stderr, "{}: {}\n", text_of(error.find("code")), text_of(error.find("detail")));
    if (!latest.empty()) fmt::print("The last manifest that was right named {}.\n", latest);
  } else if (check.find("newer").boolean().value_or(false)) {
    fmt::print(
        "{} is there; this is {}. What changed: {}\nInstall it as you installed this one; "
        "nothing is fetched by itself.\n",
        latest, current, text_of(check.find("notes_url")));
  } else {
    fmt::print("{} is the newest version ({} is offered).\n", current, latest);
  }
}

}  // namespace

int run_update_check(const Home& home, OutputForm form) {
  bool failed = false;
  const auto outcome = call_setup_api(home, http::Method::post, "/setup/v1/update-check", "{}");
  if (outcome.exit_code == kExitOk) {
    const auto document = json::Document::parse(outcome.body);
    failed = document.ok() && document->root().find("error").is_object();
  }
  const int code = print_answer(outcome, form, print_check);
  return code == kExitOk && failed ? kExitFailed : code;
}

}  // namespace b3iq::agent
