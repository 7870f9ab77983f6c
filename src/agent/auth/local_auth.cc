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

}  // namespace

OperatorToken::OperatorToken(std::string_view token) : hash_(crypto::hash_secret(token)) {}

bool OperatorToken::matches(std::string_view presented) const {
  // The prefix is public; calls with a local key need not pay for a second hash.
  if (!presented.starts_with(crypto::kAdminTokenPrefix)) return false;
  return base::equal_constant_time(crypto::hash_secret(presented), hash_);
}

Result<std::string_view> bearer_token(const http::Request& request) {
  const auto value = request.header("authorization");
  if (!value || !starts_with_bearer(*value)) {
    return Error(ErrorCode::unauthorized,
                 "A key is needed: send `Authorization: Bearer b3iq_local_…`. The node's owner "
                 "makes keys with "
                 "`b3iq-host keys create`.");
  }
  auto token = value->substr(7);
  while (token.starts_with(' ')) token.remove_prefix(1);
  return token;
}

Result<Principal> LocalAuth::authenticate(const http::Request& request, Scope scope) const {
  TRY(const auto token, bearer_token(request));
  if (operator_token_.matches(token)) return Principal{};
  TRY(auto state, keys_.authenticate(token));
  const auto& scopes = state->key.spec.scopes;
  if (std::find(scopes.begin(), scopes.end(), scope) == scopes.end()) {
    return Error(
        ErrorCode::scope_denied,
        fmt::format("This key lacks the scope '{}'. Ask the node's owner for a key that has it.",
                    scope_name(scope)));
  }
  return Principal{std::move(state)};
}

Result<Principal> LocalAuth::authenticate_operator(const http::Request& request) const {
  TRY(const auto token, bearer_token(request));
  if (operator_token_.matches(token)) return Principal{};
  return Error(ErrorCode::unauthorized,
               "Only the node's operator may do this. Use the b3iq-host command on the machine.");
}

}  // namespace b3iq::agent
