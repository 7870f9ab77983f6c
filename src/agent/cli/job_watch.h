// Watching a model job from a terminal until it ends. Interrupting the watch does not touch the
// job.
#pragma once

#include <string>

#include "agent/cli/commands.h"

namespace b3iq::agent {

// Prints progress on standard error where that is a terminal, then the job's outcome; with --json
// the job itself. The exit code tells whether it was done.
int watch_job(const Home& home, const std::string& id, OutputForm form);

}  // namespace b3iq::agent
