// The users of a node, their browsers' sessions, and how long they last.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/auth/local_key_types.h"
#include "crypto/secret.h"

namespace b3iq::agent {

inline constexpr std::int64_t kSetupTokenLifeMs = 24LL * 3'600'000;
inline constexpr std::int64_t kInvitationLifeMs = 24LL * 3'600'000;
inline constexpr std::int64_t kSetupSessionLifeMs = 3'600'000;  // also that of an invitation
inline constexpr std::int64_t kSessionIdleMs = 12LL * 3'600'000;
inline constexpr std::int64_t kSessionLifeMs = 7LL * 24 * 3'600'000;
inline constexpr std::int64_t kKnownBrowserLifeMs = 365LL * 24 * 3'600'000;
inline constexpr std::size_t kMaxUsers = 64;
inline constexpr std::size_t kMaxUserNameBytes = 64;
// Of one user: one more ends the one unused for longest, never another user's.
inline constexpr std::size_t kMaxSessions = 32;
inline constexpr std::size_t kMaxKnownBrowsers = 32;

// Made from random bytes with today's parameters of crypto/password.h: nobody has its password. A
// login with an unknown name is checked against it, so that it costs what one with a known name
// does.
inline constexpr std::string_view kNobodysHash =
    "$argon2id$v=19$m=65536,t=2,p=1$"
    "N7pLqZ0vYtqk1m3mX2cWkA$Yc0o2y7o1JmKq1c8m1hXb0mF5Zl1z3kQv6tR9uWs4eE";

// What a user of the node's pages may do; each role may do what those before it may.
enum class Role : std::uint8_t {
  viewer,     // look: state, models, jobs, use, requests without content, receipts
  operator_,  // run the node: models, runtimes, keys, chats
  owner,      // everything; a node has exactly one
};
constexpr std::string_view role_name(Role role) {
  switch (role) {
    case Role::viewer:
      return "viewer";
    case Role::operator_:
      return "operator";
    case Role::owner:
      return "owner";
  }
  return "viewer";
}

std::optional<Role> role_from_name(std::string_view name);

struct User {
  std::string id;             // user_ + ULID
  std::string name;           // 1 to 64 printable characters; no two differ in capitals alone
  std::string password_hash;  // "" until the invitation is accepted
  std::int64_t created_at_ms = 0;
  Role role = Role::owner;
  std::optional<std::int64_t> last_seen_at_ms;
  // The newest invitation, until it is used.
  std::optional<SecretHash> invitation_hash;
  std::int64_t invitation_expires_at_ms = 0;
  bool invited() const { return password_hash.empty(); }
};

// The name with the letters A to Z as small ones: what two users' names must differ in.
std::string folded_name(std::string_view name);
// Errors: invalid_request, for the member `name`.
base::Status check_user_name(std::string_view name);

enum class SessionKind : std::uint8_t {
  setup,       // of a setup token, without a user: may only claim the node or recover it
  invitation,  // may only set its user's password
  user,        // of somebody who is logged in
};
std::string_view session_kind_name(SessionKind kind);

struct Session {
  std::string id;       // ses_ + ULID
  std::string user_id;  // "" for a session of a setup token
  SecretHash cookie_hash{};
  SecretHash page_hash{};
  std::int64_t created_at_ms = 0;
  std::int64_t last_seen_at_ms = 0;
  SessionKind kind = SessionKind::user;
  Role role = Role::viewer;  // the user's, now; means nothing for a setup session
  bool ended = false;        // for those who still hold it, such as a running stream
};

struct KnownBrowser {
  SecretHash cookie_hash{};
  std::string user_id;
  std::int64_t last_login_at_ms = 0;
};

// What a browser gets when a session begins: shown once.
struct NewSession {
  std::string id;
  std::string user_id;  // as the session's
  SessionKind kind = SessionKind::user;
  crypto::Secret cookie;      // into the HttpOnly cookie
  crypto::Secret page_token;  // into the answer's body; the page sends it as a header
  crypto::Secret browser;     // into the cookie that makes this browser known; empty but for `user`
};

}  // namespace b3iq::agent
