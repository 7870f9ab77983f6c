// The commands and their options.
#pragma once

#include "agent/cli/command_tree.h"
#include "agent/cli/command_values.h"

namespace CLI {
class App;
}

namespace b3iq::agent {

// `values` outlives `app`.
void add_commands(CLI::App& app, CommandValues& values);
// What was added, as data.
CommandNode tree_of(const CLI::App& app);

}  // namespace b3iq::agent
