#include <fmt/format.h>

#include "agent/auth/setup_token.h"
#include "agent/cli/agent_file.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/cli/terminal.h"
#include "agent/settings.h"
#include "base/clock.h"
#include "base/random.h"
#include "cli/print_object.h"
#include "json/json.h"

namespace b3iq::agent {
namespace {

using base::Result;

// The token stands behind '#': browsers send that part to nobody, so it reaches no log and no
// Referer.
Result<std::string> wizard_url(const Home& home, bool with_token) {
  TRY(const auto settings, load_settings(home.config(), ""));
  const auto node = read_agent_file(home);
  auto url = node ? node->listen_url
                  : fmt::format("http://{}:{}", settings.listen.host, settings.listen.port);
  url += "/setup/";
  if (with_token) {
    TRY(const auto token, issue_setup_token(home, base::system_clock(), base::system_random()));
    url += fmt::format("#token={}", token.reveal_text());
  }
  return url;
}

}  // namespace

int run_wizard_url(const Home& home, const WizardOptions& options) {
  const auto url = wizard_url(home, options.with_token);
  if (!url.ok()) return print_error(url.error());
  if (options.form == OutputForm::json) {
    cli::print_object([&](json::Writer& w) {
      w.member("url", *url);
      w.member("serving", read_agent_file(home).has_value());
    });
  } else {
    fmt::print("{}\n", *url);
    if (!read_agent_file(home))
      fmt::print(stderr, "The node is not running. Start it: b3iq-host serve\n");
  }
  return kExitOk;
}

}  // namespace b3iq::agent
