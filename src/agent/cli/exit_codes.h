// The exit codes of b3iq-host are those of every command line of ours.
#pragma once

#include "cli/exit_status.h"

namespace b3iq::agent {

using enum cli::ExitCode;

}  // namespace b3iq::agent
