// The inside of the probe process: `b3iq-host inventory-probe PART …` reads one part of the machine
// and prints one line of JSON. Everything that a sick driver or a dead mount can block runs here,
// so that killing the process is all it takes.
#pragma once

#include <span>
#include <string_view>

namespace b3iq::agent::inventory {

inline constexpr std::string_view kProbeCommand = "inventory-probe";  // hidden from the help

// What follows the command: PART is machine, topology, nvidia, gpus or disk; then options, each
// with a value: --parent PID (ends with it), --path PATH (of disk), and for tests --root DIR,
// --nvml FILE,
// --synthetic TOPOLOGY. Prints the report on standard output. Exit status: 0, 1 when it could not
// print, 64 for wrong arguments.
int run_inventory_probe(std::span<const char* const> arguments);

}  // namespace b3iq::agent::inventory
