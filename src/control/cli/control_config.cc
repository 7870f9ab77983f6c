#include <fmt/format.h>

#include "cli/config_output.h"
#include "cli/console.h"
#include "cli/exit_status.h"
#include "config/config.h"
#include "control/cli/control_commands.h"
#include "control/config/control_settings.h"
#include "control/config/control_settings_table.h"

namespace b3iq::control {

int run_config_show(const ControlHome& home, bool with_origin, OutputForm form) {
  const auto values =
      config::load(control_settings_table(), home.config(), config::process_environment());
  if (!values.ok()) return cli::print_error(values.error());
  cli::print_config(*values, with_origin, form);
  return cli::kExitOk;
}

int run_config_check(const ControlHome& home, OutputForm form) {
  const auto settings = load_control_settings(home, {});
  if (!settings.ok()) return cli::print_error(settings.error());
  if (const auto rules = check_listen_rules(*settings); !rules.ok())
    return cli::print_error(rules.error());
  cli::print_config_is_right(home.config(), form);
  return cli::kExitOk;
}

int run_config_reference() {
  fmt::print("{}", control_settings_reference_page());
  return cli::kExitOk;
}

}  // namespace b3iq::control
