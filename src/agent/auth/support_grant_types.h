// Support grants (b3iq_support_): a secret that the owner gives to somebody who helps. It opens the
// node's diagnostics, which hold no content, path, address or key, and nothing else; it ends by
// itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/auth/local_key_types.h"
#include "crypto/secret.h"

namespace b3iq::agent {

inline constexpr std::int64_t kDefaultGrantLifeMs = 24LL * 3'600'000;
inline constexpr std::int64_t kLongestGrantLifeMs = 7LL * 24 * 3'600'000;
inline constexpr std::size_t kMaxSupportGrants = 1'000;  // ended ones included
inline constexpr std::size_t kMaxGrantNoteBytes = 200;

struct SupportGrant {
  std::string id;  // grant_ + ULID
  std::string note;
  SecretHash secret_hash{};
  std::int64_t created_at_ms = 0;
  std::int64_t expires_at_ms = 0;
  std::optional<std::int64_t> revoked_at_ms;
};

struct CreatedGrant {
  SupportGrant grant;
  crypto::Secret secret;  // shown once; only its hash is kept
};

}  // namespace b3iq::agent
