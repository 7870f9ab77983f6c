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
};

base::Status write_agent_file(const Home& home, const AgentFile& file);
void remove_agent_file(const Home& home);
// Nothing when no node serves this home (no file, or its process is gone).
std::optional<AgentFile> read_agent_file(const Home& home);

}  // namespace b3iq::agent
