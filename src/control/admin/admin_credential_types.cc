#include "control/admin/admin_credential_types.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;

std::optional<AdminRole> admin_role_from_wire(std::string_view name) {
  for (const auto role : {AdminRole::viewer, AdminRole::operator_, AdminRole::admin})
    if (wire_name(role) == name) return role;
  return std::nullopt;
}

std::string_view wire_name(CredentialStatus status) {
  switch (status) {
    case CredentialStatus::active:
      return "active";
    case CredentialStatus::expired:
      return "expired";
    case CredentialStatus::revoked:
      break;
  }
  return "revoked";
}

CredentialStatus status_of(const AdminCredential& credential, std::int64_t now_ms) {
  if (credential.revoked_at_ms) return CredentialStatus::revoked;
  return credential.expires_at_ms <= now_ms ? CredentialStatus::expired : CredentialStatus::active;
}

base::Status check_credential_spec(const AdminCredentialSpec& spec) {
  const bool printable = base::valid_utf8(spec.name) && std::ranges::none_of(spec.name, [](char c) {
                           return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
                         });
  if (spec.name.empty() || spec.name.size() > kMaxCredentialNameBytes || !printable) {
    return Error(ErrorCode::invalid_request,
                 fmt::format("A credential needs a name of 1 to {} printable characters: who or "
                             "what uses it.",
                             kMaxCredentialNameBytes),
                 "name");
  }
  if (spec.life_ms < kMinCredentialLifeMs || spec.life_ms > kMaxCredentialLifeMs) {
    return Error(ErrorCode::invalid_request,
                 "A credential lives for one minute to 366 days, such as 90d.", "expires");
  }
  return {};
}

}  // namespace b3iq::control
