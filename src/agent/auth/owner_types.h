// The owner of a node, the browsers' sessions, and how long they last.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/auth/local_key_types.h"
#include "crypto/secret.h"

namespace b3iq::agent {

inline constexpr std::int64_t kSetupTokenLifeMs = 24LL * 3'600'000;
inline constexpr std::int64_t kSetupSessionLifeMs = 3'600'000;
inline constexpr std::int64_t kSessionIdleMs = 12LL * 3'600'000;
inline constexpr std::int64_t kSessionLifeMs = 7LL * 24 * 3'600'000;
inline constexpr std::int64_t kKnownBrowserLifeMs = 365LL * 24 * 3'600'000;
inline constexpr std::size_t kMaxSessions = 64;       // one more ends the one unused for longest
inline constexpr std::size_t kMaxKnownBrowsers = 64;  // likewise

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

struct User {
  std::string id;    // user_ + ULID
  std::string name;  // 1 to 64 printable characters
  std::string password_hash;
  std::int64_t created_at_ms = 0;
  Role role = Role::owner;
};

// A session of a setup token has no user: it may only claim the node or set a new password.
struct Session {
  std::string id;       // ses_ + ULID
  std::string user_id;  // "" for a session of a setup token
  SecretHash cookie_hash{};
  SecretHash page_hash{};
  std::int64_t created_at_ms = 0;
  std::int64_t last_seen_at_ms = 0;
  Role role = Role::owner;  // the user's, now; means nothing while is_setup()
  bool is_setup() const { return user_id.empty(); }
};

struct KnownBrowser {
  SecretHash cookie_hash{};
  std::string user_id;
  std::int64_t last_login_at_ms = 0;
};

// What a browser gets when a session begins: shown once.
struct NewSession {
  std::string id;
  crypto::Secret cookie;      // into the HttpOnly cookie
  crypto::Secret page_token;  // into the answer's body; the page sends it as a header
  crypto::Secret browser;     // into the cookie that makes this browser known; empty for setup
};

}  // namespace b3iq::agent
