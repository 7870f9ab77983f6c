// The command line of b3iq: docs/operating/customer-tool.md.
#pragma once

namespace b3iq::client {

// Reads the arguments, runs the command, returns the exit code.
int run_client_command_line(int argc, const char* const* argv);

}  // namespace b3iq::client
