#include "client/cli/client_command_line.h"
#include "http/process_limits.h"

// A caller, a connection to the control plane and a cancellation for each job of the proxy, and
// files.
constexpr unsigned kDescriptors = 1'024;

int main(int argc, char** argv) {
  b3iq::http::set_process_limits(kDescriptors);
  return b3iq::client::run_client_command_line(argc, argv);
}
