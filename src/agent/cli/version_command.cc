#include <fmt/format.h>

#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/version.h"
#include "json/json.h"

namespace b3iq::agent {

std::string version_line() {
  return fmt::format("b3iq-host {} ({}, {})", kVersion, kCompiler, kBuildType);
}

int run_version(OutputForm form) {
  if (form == OutputForm::json) {
    std::string body;
    json::Writer w(body);
    w.begin_object();
    w.member("version", kVersion);
    w.member("compiler", kCompiler);
    w.member("build_type", kBuildType);
    w.end_object();
    fmt::print("{}\n", body);
  } else {
    fmt::print("{}\n", version_line());
  }
  return kExitOk;
}

}  // namespace b3iq::agent
