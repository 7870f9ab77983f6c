// The command line of b3iq-control-plane: docs/operating/control-plane.md.
#pragma once

namespace b3iq::control {

// Reads the arguments, runs the command, returns the exit code.
int run_control_command_line(int argc, char** argv);

}  // namespace b3iq::control
