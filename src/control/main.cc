#include "control/cli/control_command_line.h"

int main(int argc, char** argv) { return b3iq::control::run_control_command_line(argc, argv); }
