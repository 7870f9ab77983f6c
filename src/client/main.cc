#include "client/cli/client_command_line.h"

int main(int argc, char** argv) { return b3iq::client::run_client_command_line(argc, argv); }
