// What the start of a node refuses, asked before anything is stopped or written.
#pragma once

#include <string>

#include "agent/home.h"
#include "agent/settings.h"
#include "base/result.h"

namespace b3iq::agent {

struct StartFacts {
  Home home;
  std::string node_id;            // of the identity key
  http::ListenAddress listening;  // what this process holds now; port 0: nothing
  bool has_active_key = false;
};

// config.json must be that of the identity.
base::Status check_node_id(const Settings& settings, const Home& home, std::string_view node_id);

// What an address needs that other machines can reach.
base::Status check_listen_rules(const Settings& settings, bool has_active_key);

// All that can be known without starting: the rules above, certificate and key, the servers, the
// collector, and whether the address can be taken. Reads files; blocks; any thread. Asks no server.
// Errors: as the start has them; the param is the option at fault where there is one.
base::Status check_start(const Settings& settings, const StartFacts& facts);

}  // namespace b3iq::agent
