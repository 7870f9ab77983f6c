// Enrollment tokens: single use, expiring, with tags for the node that uses one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/secret.h"
#include "crypto/sha256.h"

namespace b3iq::control {

inline constexpr std::int64_t kMinTokenLifeMs = 60'000;
inline constexpr std::int64_t kMaxTokenLifeMs = 90 * std::int64_t{24} * 3'600'000;
inline constexpr std::int64_t kDefaultTokenLifeMs = 24 * 3'600'000;
inline constexpr std::size_t kMaxTokenNoteBytes = 100;
inline constexpr std::int64_t kMaxUsableTokens = 100'000;
inline constexpr std::int64_t kMaxTokensPerPage = 500;
// A used, revoked or expired token is shown for this long and then deleted.
inline constexpr std::int64_t kTokenKeptMs = 30 * std::int64_t{24} * 3'600'000;

enum class TokenStatus : std::uint8_t { usable, used, revoked, expired };
std::string_view wire_name(TokenStatus status);

struct EnrollmentToken {
  std::string id;  // etk_ + ULID
  std::string note;
  std::vector<std::string> tags;
  std::string created_by;  // actor
  std::int64_t created_at_ms = 0;
  std::int64_t expires_at_ms = 0;
  std::optional<std::int64_t> revoked_at_ms;
  std::optional<std::int64_t> used_at_ms;
  std::string used_by;  // node id; "" for none
};
TokenStatus status_of(const EnrollmentToken& token, std::int64_t now_ms);

struct TokenSpec {
  std::string note;
  std::vector<std::string> tags;  // node_types.h: check_tags
  std::int64_t life_ms = kDefaultTokenLifeMs;
};

struct CreatedToken {
  EnrollmentToken token;
  crypto::Secret secret;  // shown once; only its hash is kept
};

struct TokenQuery {
  std::string before_id;     // older than this one; "" from the newest
  std::int64_t limit = 100;  // 1 to kMaxTokensPerPage
};

}  // namespace b3iq::control
