#include <fmt/format.h>

#include "cli/exit_status.h"
#include "cli/print_object.h"
#include "control/cli/control_commands.h"
#include "control/version.h"
#include "json/json.h"

namespace b3iq::control {

int run_version(OutputForm form) {
  if (form == OutputForm::json) {
    cli::print_object([&](json::Writer& w) {
      w.member("version", kVersion);
      w.member("build_type", kBuildType);
    });
  } else {
    fmt::print("b3iq-control-plane {} ({})\n", kVersion, kBuildType);
  }
  return cli::kExitOk;
}

}  // namespace b3iq::control
