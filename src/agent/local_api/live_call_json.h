// A running call as the node's users see it: no content.
#pragma once

#include "agent/local_api/model_call.h"
#include "json/json.h"

namespace b3iq::agent {

// `now_ns`: steady time.
void write_live_call(json::Writer& w, const ModelCall& call, std::int64_t now_ns);

}  // namespace b3iq::agent
