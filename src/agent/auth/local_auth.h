// The auth levels of the local API. A route names one in its type; its handler gets the principal.
#pragma once

#include <memory>
#include <string>

#include "agent/auth/local_key_service.h"
#include "http/message.h"

namespace b3iq::agent {

// Who calls: a local key, or the operator (the command line on this machine; issue 4 adds the
// owner's session).
struct Principal {
  std::shared_ptr<KeyState> key;  // null for the operator
  bool is_operator() const { return key == nullptr; }
  // "operator" or the key's id: what receipts and usage are booked under.
  std::string_view account() const { return key ? std::string_view(key->key.id) : "operator"; }
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

// The value of `Authorization: Bearer …`, or an unauthorized error that says what is missing.
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

class LocalAuth {
 public:
  LocalAuth(const LocalKeyService& keys, const OperatorToken& operator_token)
      : keys_(keys), operator_token_(operator_token) {}
  base::Result<Principal> authenticate(const http::Request& request, Scope scope) const;
  base::Result<Principal> authenticate_operator(const http::Request& request) const;

 private:
  const LocalKeyService& keys_;
  const OperatorToken& operator_token_;
};

// A local key with `required` scope, or the operator.
template <Scope required>
struct LocalKeyLevel {
  using Principal = agent::Principal;
  static constexpr std::string_view kLevel = level_name(required);
  const LocalAuth& auth;
  base::Result<Principal> authenticate(const http::Request& request) {
    return auth.authenticate(request, required);
  }
};

struct OperatorLevel {
  using Principal = agent::Principal;
  static constexpr std::string_view kLevel = "operator";
  const LocalAuth& auth;
  base::Result<Principal> authenticate(const http::Request& request) {
    return auth.authenticate_operator(request);
  }
};

}  // namespace b3iq::agent
