// The commands and their options.
#pragma once

#include "agent/cli/command_values.h"

namespace CLI {
class App;
}

namespace b3iq::agent {

// `values` outlives `app`.
void add_commands(CLI::App& app, CommandValues& values);

}  // namespace b3iq::agent
