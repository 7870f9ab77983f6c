// Routes that a node's signature opens. The route's type names the purpose; its handler runs only
// after the signature over the whole request has been verified.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "control/auth/node_auth.h"
#include "control/errors/outward_error.h"
#include "http/router.h"
#include "protocol/request_judgement.h"

namespace b3iq::control {

// The auth level of a route whose requests are signed for the purpose `kTag`.
template <protocol::SignatureTag kTag>
struct NodeLevel {
  using Principal = NodeClaim;
  static constexpr std::string_view kLevel = "node";
  base::Result<Principal> authenticate(const http::Request& request) {
    return auth.claim(request, kTag);
  }
  NodeAuth& auth;
};

// One verified request on its way.
struct SignedCall {
  http::Request& request;
  protocol::VerifiedRequest verified;
  crypto::Ed25519PublicKey key;
  protocol::ManagedErrorFacts facts;  // for a refusal
};

inline http::Response managed_error(const base::Error& error, const http::Request& request) {
  return outward_refusal(error, {}, request);
}
inline http::Response json_response(std::string body) {
  http::Response response;
  response.body = std::move(body);
  return response;
}

// `handler`: Task<Result<std::string>>(SignedCall&), the answer's body. `level` outlives the
// router.
template <protocol::SignatureTag kTag, class F>
void add_signed(http::Router& router, http::Method method, std::string_view pattern,
                std::string_view operation_id, NodeLevel<kTag>& level, std::size_t max_body_bytes,
                F handler) {
  auto verified_first = [&auth = level.auth, handler = std::move(handler)](
                            http::Request& request,
                            const NodeClaim& claim) -> base::Task<base::Result<http::Response>> {
    SignedCall call{request, {}, {}, {}};
    auto verified = co_await auth.verify(request, kTag, claim, call.facts);
    if (!verified.ok()) co_return outward_refusal(verified.error(), call.facts, request);
    call.verified = std::move(verified->request);
    call.key = verified->key;
    auto task = handler(call);
    auto body = co_await std::move(task);
    if (!body.ok()) co_return outward_refusal(body.error(), call.facts, request);
    co_return json_response(std::move(body).value());
  };
  router.add(method, pattern, operation_id, level, managed_error, max_body_bytes,
             std::move(verified_first));
}

}  // namespace b3iq::control
