#include "control/migrations/migration_texts.h"

namespace b3iq::control {

// The tokens that still count against their limit. Those that a fleet has used live on until they
// expire, and a new token must not walk over them.
extern const std::string_view kUsableTokensSql = R"(
CREATE INDEX enrollment_tokens_usable ON enrollment_tokens (expires_at_ms)
  WHERE used_at_ms IS NULL AND revoked_at_ms IS NULL
)";

}  // namespace b3iq::control
