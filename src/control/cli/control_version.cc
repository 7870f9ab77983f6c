#include "cli/exit_status.h"
#include "cli/version.h"
#include "cli/version_output.h"
#include "control/cli/control_commands.h"

namespace b3iq::control {

int run_version(OutputForm form) {
  cli::print_version({"b3iq-control-plane", cli::kVersion, cli::kCompiler, cli::kBuildType}, form);
  return cli::kExitOk;
}

}  // namespace b3iq::control
