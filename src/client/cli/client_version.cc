#include "cli/exit_status.h"
#include "cli/version.h"
#include "cli/version_output.h"
#include "client/cli/client_commands.h"

namespace b3iq::client {

int run_version(OutputForm form) {
  cli::print_version({"b3iq", cli::kVersion, cli::kCompiler, cli::kBuildType}, form);
  return cli::kExitOk;
}

}  // namespace b3iq::client
