// The probe as a program of its own, for tests; in a node it is a hidden command of b3iq-host.
#include "agent/inventory/inventory_probe.h"

int main(int count, char** values) {
  return b3iq::agent::inventory::run_inventory_probe(
      {values + 1, static_cast<std::size_t>(count > 1 ? count - 1 : 0)});
}
