#include "agent/cli/commands.h"

int main(int argc, char** argv) { return b3iq::agent::run_command_line(argc, argv); }
