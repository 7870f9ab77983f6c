#include "control/enrollment/enrollment_types.h"

#include <array>

namespace b3iq::control {

std::string_view wire_name(TokenStatus status) {
  static constexpr std::array<std::string_view, 4> kNames = {"usable", "used", "revoked",
                                                             "expired"};
  return kNames[static_cast<std::size_t>(status)];
}

TokenStatus status_of(const EnrollmentToken& token, std::int64_t now_ms) {
  if (token.used_at_ms) return TokenStatus::used;
  if (token.revoked_at_ms) return TokenStatus::revoked;
  return token.expires_at_ms <= now_ms ? TokenStatus::expired : TokenStatus::usable;
}

}  // namespace b3iq::control
