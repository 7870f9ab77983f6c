#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "cli/version.h"
#include "cli/version_output.h"

namespace b3iq::agent {

namespace {

constexpr cli::BuildFacts kBuild{"b3iq-host", cli::kVersion, cli::kCompiler, cli::kBuildType};

}  // namespace

std::string version_line() { return cli::version_line(kBuild); }

int run_version(OutputForm form) {
  cli::print_version(kBuild, form);
  return kExitOk;
}

}  // namespace b3iq::agent
