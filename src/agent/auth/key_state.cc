#include "agent/auth/key_state.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;

base::Status KeyState::usable(std::int64_t now_ms) const {
  if (key.revoked_at_ms) {
    return Error(ErrorCode::key_revoked,
                 "This key was revoked. Ask the node's owner for a new one.");
  }
  if (key.spec.expires_at_ms && now_ms >= *key.spec.expires_at_ms) {
    return Error(ErrorCode::key_expired,
                 "This key has expired. Ask the node's owner for a new one.");
  }
  return {};
}

}  // namespace b3iq::agent
