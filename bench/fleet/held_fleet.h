// A fleet that behaves as nodes do: a heartbeat each interval, a long poll open all the time. Open
// loop: a heartbeat's latency counts from when it was due, so a server that is late cannot slow the
// load down. Nodes come back by themselves after an outage, and carry out commands.
#pragma once

#include <cstdint>
#include <string>

#include "connections.h"
#include "signed_request.h"

namespace b3iq::fleet {

struct HeldFleetOptions {
  sockaddr_in server{};
  sockaddr_in source{};  // family 0: the kernel's choice
  Origin origin;
  std::string salt;
  std::int64_t first = 0;
  std::int64_t nodes = 1;
  std::int64_t interval_ms = 15'000;
  bool polls = true;
  // Heartbeats go over this many kept connections, as behind a proxy that ends TLS.
  std::int64_t heartbeat_connections = 128;
  double seconds = 30;                   // measured, from the first steady state on
  std::int64_t ramp_per_second = 2'000;  // polls opened while the fleet starts
  std::int64_t retry_ms = 1'000;  // after a lost connection: from half to one and a half of it
  std::string acknowledged_file;  // "node id, sequence" of each node's last accepted heartbeat
  // Commands, one after the other, evenly; 0: none.
  std::int64_t commands = 0;
  double commands_per_second = 20;
  sockaddr_in admin_server{};  // may be another replica than `server`
  std::string admin_credential;
};

// Prints one JSON line per event ("steady", "steady_again") and one with the figures at the end.
// SIGUSR1: an outage begins now; steady_again comes when every node has had a heartbeat accepted
// after it and has its poll open. SIGTERM: end now. False when nothing was accepted.
bool hold_fleet(const HeldFleetOptions& options);

}  // namespace b3iq::fleet
