// What the setup routes read and write: keys, use and state of the node, as JSON.
#pragma once

#include <string>
#include <vector>

#include "agent/auth/local_key_service.h"
#include "base/result.h"
#include "json/json.h"

namespace b3iq::agent {

// Decodes the body of POST /setup/v1/keys. Unknown members are refused by name.
base::Result<KeySpec> decode_key_spec(json::Value body, std::int64_t now_ms);
// A key without its secret or hash.
void write_key(json::Writer& w, const LocalKey& key, std::int64_t now_ms);
// "active", "expired" or "revoked".
std::string_view key_status(const LocalKey& key, std::int64_t now_ms);

}  // namespace b3iq::agent
