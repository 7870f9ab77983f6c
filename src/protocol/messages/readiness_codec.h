// How a node's readiness is written and read. Private to inventory.cc and readiness_codec.cc.
#pragma once

#include "base/result.h"
#include "json/json.h"
#include "protocol/messages/inventory.h"

namespace b3iq::protocol {

// Sorted by model_id; profiles that cannot stand in a readiness, and those past kMaxModelProfiles,
// are counted among the unlisted.
void write_readiness(json::Writer& writer, const NodeReadiness& readiness);
// Errors: invalid_request naming the member.
base::Result<NodeReadiness> decode_readiness(json::Value value);

}  // namespace b3iq::protocol
