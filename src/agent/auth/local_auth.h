// The auth levels of the local API. A route names one in its type; its handler gets the principal.
#pragma once

#include <memory>
#include <string>

#include "agent/auth/local_key_service.h"
#include "agent/auth/session_cookie.h"
#include "agent/auth/support_grant_service.h"
#include "agent/auth/user_sessions.h"
#include "http/message.h"

namespace b3iq::agent {

// The account of the command line on this machine.
inline constexpr std::string_view kCommandLineAccount = "operator";

// The account of all private jobs.
inline constexpr std::string_view kPrivateJobAccount = "private_job";

struct PrivateJobTerms;  // local_api/private_job_terms.h

// Who calls: a local key, a user in a browser, the command line of the same user on this machine,
// which may do what the owner may, or a private job of the control plane.
struct Principal {
  std::shared_ptr<KeyState> key;     // a local key
  std::shared_ptr<Session> session;  // a user's
  // A private job's. Outlives the call. No level makes such a principal: the jobs' runner does.
  const PrivateJobTerms* job = nullptr;
  // A key is nobody's user: it opens what its scopes name. A private job has no key's limits
  // either: what it may do was decided by whoever gave it.
  bool is_user() const { return key == nullptr; }
  Role role() const {
    if (job != nullptr) return Role::viewer;
    return session ? session->role : Role::owner;
  }
  // What receipts and usage are booked under, and who acted, in the audit log: the key's id, the
  // user's id, "operator" or "private_job".
  std::string_view account() const {
    if (job != nullptr) return kPrivateJobAccount;
    if (key) return key->key.id;
    return session ? std::string_view(session->user_id) : kCommandLineAccount;
  }
};

// The token that the running daemon writes to run/agent.json (0600) for the command line of the
// same user.
class OperatorToken {
 public:
  explicit OperatorToken(std::string_view token);
  bool matches(std::string_view presented) const;

 private:
  SecretHash hash_;
};

// The value of `Authorization: Bearer …`, or, only where there is no Authorization at all, of
// `x-api-key: …` (what Anthropic's clients send); else an unauthorized error that says what is
// missing.
base::Result<std::string_view> bearer_token(const http::Request& request);

// Names of the levels, for the route table.
constexpr std::string_view level_name(Scope scope) {
  switch (scope) {
    case Scope::chat:
      return "local_key:chat";
    case Scope::models:
      return "local_key:models";
    case Scope::receipts:
      return "local_key:receipts";
    case Scope::metrics:
      return "local_key:metrics";
  }
  return "local_key";
}

// A bearer secret wins over a cookie: a request with both is judged by the secret alone.
class LocalAuth {
 public:
  LocalAuth(const LocalKeyService& keys, const OperatorToken& operator_token,
            UserSessions& sessions, SupportGrantService& grants, CookieNames cookies)
      : keys_(keys),
        operator_token_(operator_token),
        sessions_(sessions),
        grants_(grants),
        cookies_(std::move(cookies)) {}
  // A key with the scope, a session of somebody who may `role`, or the command line.
  base::Result<Principal> authenticate(const http::Request& request, Scope scope) const;
  // A session of a user with `least` or a higher role, or the command line. Errors: unauthorized,
  // role_denied.
  base::Result<Principal> authenticate_user(const http::Request& request, Role least) const;
  // A session of a setup token; of an invitation.
  base::Result<Principal> authenticate_setup(const http::Request& request) const;
  base::Result<Principal> authenticate_invitation(const http::Request& request) const;
  // A support grant, the owner's session or the operator.
  base::Result<Principal> authenticate_diagnostics(const http::Request& request) const;
  // Who a refused request is from, as far as its secret tells: a key that may not, or no longer, do
  // it, or the user of a session. "" : nobody that is known.
  std::string account_of(const http::Request& request) const;
  // Whether the principal is still who it was: the session lives and its user has the same role.
  bool still(const Principal& principal, Role role) const;
  const CookieNames& cookies() const { return cookies_; }

 private:
  // The session of the request's two halves; nothing when it has no session cookie.
  base::Result<std::shared_ptr<Session>> session_of(const http::Request& request) const;
  base::Result<Principal> user_session(const http::Request& request, Role least) const;

  const LocalKeyService& keys_;
  const OperatorToken& operator_token_;
  UserSessions& sessions_;
  SupportGrantService& grants_;
  CookieNames cookies_;
};

// A local key with `required` scope, the owner's session or the operator.
template <Scope required>
struct LocalKeyLevel {
  using Principal = agent::Principal;
  static constexpr std::string_view kLevel = level_name(required);
  const LocalAuth& auth;
  base::Result<Principal> authenticate(const http::Request& request) {
    return auth.authenticate(request, required);
  }
};

// A user with the role or a higher one, or the command line.
template <Role least>
struct UserLevel {
  using Principal = agent::Principal;
  static constexpr std::string_view kLevel = role_name(least);
  const LocalAuth& auth;
  base::Result<Principal> authenticate(const http::Request& request) {
    return auth.authenticate_user(request, least);
  }
};
using ViewerLevel = UserLevel<Role::viewer>;
using OperatorLevel = UserLevel<Role::operator_>;
using OwnerLevel = UserLevel<Role::owner>;

// The three together, for slices whose routes differ in it.
struct UserLevels {
  ViewerLevel viewer;
  OperatorLevel operator_;
  OwnerLevel owner;
};

struct SetupLevel {
  using Principal = agent::Principal;
  static constexpr std::string_view kLevel = "setup_session";
  const LocalAuth& auth;
  base::Result<Principal> authenticate(const http::Request& request) {
    return auth.authenticate_setup(request);
  }
};

struct InvitationLevel {
  using Principal = agent::Principal;
  static constexpr std::string_view kLevel = "invitation_session";
  const LocalAuth& auth;
  base::Result<Principal> authenticate(const http::Request& request) {
    return auth.authenticate_invitation(request);
  }
};

struct DiagnosticsLevel {
  using Principal = agent::Principal;
  static constexpr std::string_view kLevel = "diagnostics";
  const LocalAuth& auth;
  base::Result<Principal> authenticate(const http::Request& request) {
    return auth.authenticate_diagnostics(request);
  }
};

}  // namespace b3iq::agent
