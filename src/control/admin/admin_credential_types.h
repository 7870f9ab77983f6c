// Admin credentials (b3iq_admin_): what an operator of the control plane shows. Hashed, named,
// expiring, with a role.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/sha256.h"

namespace b3iq::control {

// Each may do what the one before it may: viewer looks, operator runs the fleet (tokens, nodes,
// commands), admin also decides who else may, and reads the audit log.
enum class AdminRole : std::uint8_t { viewer, operator_, admin };
constexpr std::string_view wire_name(AdminRole role) {
  switch (role) {
    case AdminRole::viewer:
      return "viewer";
    case AdminRole::operator_:
      return "operator";
    case AdminRole::admin:
      break;
  }
  return "admin";
}
std::optional<AdminRole> admin_role_from_wire(std::string_view name);

inline constexpr std::size_t kMaxCredentialNameBytes = 64;
inline constexpr std::int64_t kMaxAdminCredentials = 10'000;  // usable ones
inline constexpr std::int64_t kMinCredentialLifeMs = 60'000;
inline constexpr std::int64_t kMaxCredentialLifeMs = 366 * std::int64_t{24} * 3'600'000;
inline constexpr std::int64_t kDefaultCredentialLifeMs = 90 * std::int64_t{24} * 3'600'000;

enum class CredentialStatus : std::uint8_t { active, expired, revoked };
std::string_view wire_name(CredentialStatus status);

struct AdminCredential {
  std::string id;  // adm_ + ULID
  std::string name;
  AdminRole role = AdminRole::viewer;
  crypto::Sha256Digest secret_hash{};
  std::string created_by;  // actor
  std::int64_t created_at_ms = 0;
  std::int64_t expires_at_ms = 0;
  std::optional<std::int64_t> revoked_at_ms;
};
CredentialStatus status_of(const AdminCredential& credential, std::int64_t now_ms);

struct AdminCredentialSpec {
  std::string name;
  AdminRole role = AdminRole::viewer;
  std::int64_t life_ms = kDefaultCredentialLifeMs;
};
// Errors: invalid_request with the member at fault.
base::Status check_credential_spec(const AdminCredentialSpec& spec);

}  // namespace b3iq::control
