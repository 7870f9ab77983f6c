// The `admin` commands: their options, and which function each is.
#pragma once

#include <functional>
#include <vector>

#include "control/cli/control_commands.h"

namespace CLI {
class App;
}

namespace b3iq::control {

// Filled while the command line is read.
struct AdminChoice {
  AdminOptions options;
  bool json = false;
  std::function<int(const AdminOptions&)> run;  // of the command that was given
};

// Adds `admin` and all below it. `choice` outlives the parsing.
void add_admin_commands(CLI::App& app, AdminChoice& choice);

}  // namespace b3iq::control
