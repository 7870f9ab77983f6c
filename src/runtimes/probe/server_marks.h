// By which answers a server is known. Each reader takes the body of one of its endpoints and fails
// on anything that only looks alike.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtimes/probe/runtime_probe.h"

namespace b3iq::runtimes {

// The endpoints that are asked, in order; all of them must answer as they should.
struct ServerMark {
  std::string_view path;
  bool json = true;  // application/json; else text/plain
};
std::span<const ServerMark> marks_of(ProbedServer server);

// `bodies`: the answers to marks_of(server), one each. Nothing when they are not that server's.
std::optional<FoundRuntime> recognize(ProbedServer server, const std::vector<std::string>& bodies);

}  // namespace b3iq::runtimes
