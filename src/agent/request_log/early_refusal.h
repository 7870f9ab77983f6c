// Requests for a model that never reach a handler: refused by the gate (Host, Origin), by the auth
// level, or by the server. Handlers tell the request log themselves of what they refuse.
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/request_log/request_log.h"
#include "base/clock.h"
#include "http/server.h"

namespace b3iq::agent {

// `finished` has an error. Does nothing when it is none of those, or no model was asked.
void note_early_refusal(RequestLog& log, const LocalAuth& auth, const base::Clock& clock,
                        const http::Finished& finished);

}  // namespace b3iq::agent
