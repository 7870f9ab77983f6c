// Exit codes of b3iq-host (docs/operating/cli.md).
#pragma once

namespace b3iq::agent {

enum ExitCode : int {  // NOLINT(performance-enum-size): what exit() takes
  kExitOk = 0,
  kExitFailed = 1,        // the command ran and failed
  kExitUsage = 2,         // the command line is wrong
  kExitNotRunning = 3,    // the node does not answer
  kExitRefused = 4,       // the node refused (key, scope, budget, rate)
  kExitProblemsFound = 5  // doctor found something to mend
};

}  // namespace b3iq::agent
