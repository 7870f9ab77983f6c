// run/agent.json: where the serving node of this home answers, and the operator token for commands
// of the same user.
#pragma once

#include <optional>
#include <string>

#include "agent/home.h"
#include "base/result.h"

namespace b3iq::agent {

struct AgentFile {
  std::int64_t pid = 0;
  std::string url;         // for commands: http on loopback
  std::string listen_url;  // for clients: the same, unless the API is served over TLS or elsewhere
  std::string operator_token;  // b3iq_admin_…, new at every start
  // It was told to stop: the calls that run are finished first, and nothing else is taken.
  bool draining = false;
};

base::Status write_agent_file(const Home& home, const AgentFile& file);
void remove_agent_file(const Home& home);
// Nothing when no node serves this home (no file, or its process is gone).
std::optional<AgentFile> read_agent_file(const Home& home);
// What commands say of a node that drains; shutting_down.
base::Error draining_error(const AgentFile& file);

}  // namespace b3iq::agent
