// POST /v1/nodes/{node_id}/commands/poll and …/commands/{command_id}/result.
#pragma once

#include "control/auth/signed_route.h"
#include "control/commands/command_dispatch.h"
#include "http/router.h"

namespace b3iq::control {

struct CommandLevels {
  NodeLevel<protocol::SignatureTag::poll> poll;
  NodeLevel<protocol::SignatureTag::result> result;
};

// Both outlive the router. `max_result_bytes`: of a result's body.
void add_command_routes(http::Router& router, CommandLevels& levels, CommandDispatch& dispatch,
                        std::size_t max_result_bytes);

}  // namespace b3iq::control
