#include <fmt/format.h>

#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/version.h"
#include "cli/print_object.h"
#include "json/json.h"

namespace b3iq::agent {

std::string version_line() {
  return fmt::format("b3iq-host {} ({}, {})", kVersion, kCompiler, kBuildType);
}

int run_version(OutputForm form) {
  if (form == OutputForm::json) {
    cli::print_object([&](json::Writer& w) {
      w.member("version", kVersion);
      w.member("compiler", kCompiler);
      w.member("build_type", kBuildType);
    });
  } else {
    fmt::print("{}\n", version_line());
  }
  return kExitOk;
}

}  // namespace b3iq::agent
