// Exit codes of the command line programs (docs/operating/cli.md).
#pragma once

namespace b3iq::cli {

enum ExitCode : int {  // NOLINT(performance-enum-size): what exit() takes
  kExitOk = 0,
  kExitFailed = 1,        // the command ran and failed
  kExitUsage = 2,         // the command line is wrong
  kExitNotRunning = 3,    // the node or control plane does not answer
  kExitRefused = 4,       // it refused (key, scope, role, budget, rate)
  kExitProblemsFound = 5  // doctor found something to mend
};

}  // namespace b3iq::cli
