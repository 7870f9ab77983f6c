#include "agent/auth/user_types.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"

namespace b3iq::agent {

std::optional<Role> role_from_name(std::string_view name) {
  for (const auto role : {Role::viewer, Role::operator_, Role::owner})
    if (role_name(role) == name) return role;
  return std::nullopt;
}

std::string folded_name(std::string_view name) {
  std::string folded(name);
  for (char& c : folded)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return folded;
}

base::Status check_user_name(std::string_view name) {
  const bool printable = std::ranges::all_of(
      name, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
  if (name.empty() || name.size() > kMaxUserNameBytes || !printable || !base::valid_utf8(name)) {
    return base::Error(
        base::ErrorCode::invalid_request,
        fmt::format("A user needs a name of 1 to {} printable characters.", kMaxUserNameBytes),
        "name");
  }
  return {};
}

std::string_view session_kind_name(SessionKind kind) {
  switch (kind) {
    case SessionKind::setup:
      return "setup";
    case SessionKind::invitation:
      return "invitation";
    case SessionKind::user:
      return "user";
  }
  return "user";
}

}  // namespace b3iq::agent
