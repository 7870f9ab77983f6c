#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/cli/terminal.h"
#include "agent/runtime_factory.h"
#include "agent/settings.h"
#include "agent/settings_table.h"
#include "cli/config_output.h"
#include "config/config.h"

namespace b3iq::agent {

int run_config_show(const Home& home, bool with_origin, OutputForm form) {
  const auto values = config::load(settings_table(), home.config(), config::process_environment());
  if (!values.ok()) return print_error(values.error());
  cli::print_config(*values, with_origin, form);
  return kExitOk;
}

int run_config_check(const Home& home, OutputForm form) {
  const auto settings = load_settings(home.config(), "");
  if (!settings.ok()) return print_error(settings.error());
  if (const auto servers = check_servers(*settings); !servers.ok())
    return print_error(servers.error());
  cli::print_config_is_right(home.config(), form);
  return kExitOk;
}

}  // namespace b3iq::agent
