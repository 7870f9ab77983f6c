// Enrolls nodes of the fleet by the real routes, many at once: a token from the admin API,
// challenge, signed statement, and the inventory and readiness in full, once, so that heartbeats
// ask for nothing.
#pragma once

#include <cstdint>
#include <string>

#include "connections.h"

namespace b3iq::fleet {

struct EnrollmentOptions {
  sockaddr_in server{};
  std::string host;  // of the Host header
  std::string salt;
  std::string admin_credential;
  std::int64_t first = 0;
  std::int64_t nodes = 1;
  std::int64_t connections = 64;
};

// Prints {"nodes","seconds","control_plane_id",...}. False when one node could not be enrolled.
bool enroll_fleet(const EnrollmentOptions& options);

}  // namespace b3iq::fleet
