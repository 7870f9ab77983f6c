#include "agent/auth/local_auth.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "crypto/secret_token.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

bool starts_with_bearer(std::string_view value) {
  constexpr std::string_view kScheme = "bearer ";
  return value.size() > kScheme.size() &&
         std::equal(kScheme.begin(), kScheme.end(), value.begin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
}

// The route in a form of which there are few: the method and the first three parts of the path.
std::string route_of(const http::Request& request) {
  auto path = request.path;
  std::size_t end = 0;
  for (int part = 0; part < 3 && end != std::string_view::npos; ++part)
    end = path.find('/', end + 1);
  return fmt::format("{} {}", http::method_name(request.method), path.substr(0, end));
}

bool is_support_grant(std::string_view token) {
  return token.starts_with(crypto::kSupportTokenPrefix);
}

}  // namespace

namespace {

std::string_view allowed_roles(Role least) {
  switch (least) {
    case Role::viewer:
      return "users of this node";
    case Role::operator_:
      return "the owner and operators";
    case Role::owner:
      return "the owner";
  }
  return "the owner";
}

Error no_user(Role least) {
  return Error(ErrorCode::unauthorized,
               fmt::format("This is for {}: log in at /setup/, or use the b3iq-host command on the "
                           "machine.",
                           allowed_roles(least)));
}

}  // namespace

OperatorToken::OperatorToken(std::string_view token) : hash_(crypto::hash_secret(token)) {}

bool OperatorToken::matches(std::string_view presented) const {
  // The prefix is public; calls with a local key need not pay for a second hash.
  if (!presented.starts_with(crypto::kAdminTokenPrefix)) return false;
  return base::equal_constant_time(crypto::hash_secret(presented), hash_);
}

Result<std::string_view> bearer_token(const http::Request& request) {
  const auto value = request.header("authorization");
  if (!value) {
    const auto key = request.header("x-api-key");
    if (key && !key->empty()) return *key;
  }
  if (!value || !starts_with_bearer(*value)) {
    return Error(ErrorCode::unauthorized,
                 "A key is needed: send `Authorization: Bearer b3iq_local_…` or `x-api-key: "
                 "b3iq_local_…`. The node's owner makes keys with `b3iq-host keys create`.");
  }
  auto token = value->substr(7);
  while (token.starts_with(' ')) token.remove_prefix(1);
  return token;
}

Result<std::shared_ptr<Session>> LocalAuth::session_of(const http::Request& request) const {
  const auto cookie = cookie_value(request, cookies_.session);
  if (!cookie) return std::shared_ptr<Session>();
  return sessions_.authenticate(*cookie, request.header(kPageTokenHeader).value_or(""));
}

Result<Principal> LocalAuth::user_session(const http::Request& request, Role least) const {
  TRY(auto session, session_of(request));
  if (!session || session->kind != SessionKind::user) return no_user(least);
  if (session->role < least) {
    return Error(ErrorCode::role_denied,
                 fmt::format("This is for {}; you are logged in as {}. The owner can change your "
                             "role at /setup/users.",
                             allowed_roles(least), role_name(session->role)));
  }
  return Principal{nullptr, std::move(session)};
}

Result<Principal> LocalAuth::authenticate(const http::Request& request, Scope scope) const {
  const auto token = bearer_token(request);
  if (!token.ok()) {
    const auto least = scope == Scope::chat ? Role::operator_ : Role::viewer;
    auto principal = user_session(request, least);
    if (principal.ok() || principal.error().code == ErrorCode::role_denied) return principal;
    return token.error();
  }
  if (operator_token_.matches(*token)) return Principal{};
  if (is_support_grant(*token)) return grants_.refuse(*token, route_of(request));
  TRY(auto state, keys_.authenticate(*token));
  const auto& scopes = state->key.spec.scopes;
  if (std::find(scopes.begin(), scopes.end(), scope) == scopes.end()) {
    return Error(
        ErrorCode::scope_denied,
        fmt::format("This key lacks the scope '{}'. Ask the node's owner for a key that has it.",
                    scope_name(scope)));
  }
  return Principal{std::move(state), nullptr};
}

Result<Principal> LocalAuth::authenticate_user(const http::Request& request, Role least) const {
  const auto token = bearer_token(request);
  if (!token.ok()) return user_session(request, least);
  if (operator_token_.matches(*token)) return Principal{};
  if (is_support_grant(*token)) return grants_.refuse(*token, route_of(request));
  return no_user(least);
}

std::string LocalAuth::account_of(const http::Request& request) const {
  if (const auto token = bearer_token(request); token.ok()) return std::string(keys_.id_of(*token));
  const auto session = session_of(request);
  return session.ok() && *session ? (*session)->user_id : std::string();
}

bool LocalAuth::still(const Principal& principal, Role role) const {
  if (!principal.session) return true;
  const auto session = sessions_.find(principal.session->id);
  return session && session->role == role;
}

Result<Principal> LocalAuth::authenticate_setup(const http::Request& request) const {
  TRY(auto session, session_of(request));
  if (session && session->kind == SessionKind::setup) return Principal{nullptr, std::move(session)};
  return Error(
      ErrorCode::unauthorized,
      "This needs a setup token. Make an address with one on the machine: b3iq-host wizard "
      "url --with-token");
}

Result<Principal> LocalAuth::authenticate_invitation(const http::Request& request) const {
  TRY(auto session, session_of(request));
  if (session && session->kind == SessionKind::invitation)
    return Principal{nullptr, std::move(session)};
  return Error(ErrorCode::unauthorized,
               "This needs an invitation (b3iq_invite_…), opened in this browser not more than an "
               "hour ago. The node's owner makes invitations.");
}

Result<Principal> LocalAuth::authenticate_diagnostics(const http::Request& request) const {
  const auto token = bearer_token(request);
  if (!token.ok() || !is_support_grant(*token)) return authenticate_user(request, Role::owner);
  TRY_OK(grants_.authenticate(*token, route_of(request)));
  return Principal{};
}

}  // namespace b3iq::agent
