#include <fmt/format.h>

#include "cli/exit_status.h"
#include "cli/print_object.h"
#include "client/cli/client_commands.h"
#include "client/version.h"
#include "json/json.h"

namespace b3iq::client {

int run_version(OutputForm form) {
  if (form == OutputForm::json) {
    cli::print_object([&](json::Writer& w) {
      w.member("version", kVersion);
      w.member("build_type", kBuildType);
    });
  } else {
    fmt::print("b3iq {} ({})\n", kVersion, kBuildType);
  }
  return cli::kExitOk;
}

}  // namespace b3iq::client
