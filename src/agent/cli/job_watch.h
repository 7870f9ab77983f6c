// Watching a model job from a terminal until it ends. Interrupting the watch does not touch the
// job.
#pragma once

#include <string>

#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"

namespace b3iq::agent {

struct WatchedJob {
  int exit_code = kExitFailed;  // kExitOk: it is done, or it waits
  // No node serves this home, so nothing works on it: it begins when one does.
  bool waits = false;
  std::string body;  // the job as JSON, when it is done
};

// Prints progress on standard error where that is a terminal, then what went wrong, or that the job
// waits; with --json the job itself.
WatchedJob watch_job(const Home& home, const std::string& id, OutputForm form);

}  // namespace b3iq::agent
