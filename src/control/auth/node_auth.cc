#include "control/auth/node_auth.h"

#include <array>

#include "control/limits/client_address.h"
#include "http/http_text.h"
#include "protocol/request_judgement.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using protocol::SignatureTag;

namespace {

struct SignatureHeader {
  std::string_view name;
  std::string_view protocol::ReceivedHeaders::* field;
};
constexpr std::array kSignatureHeaders = {
    SignatureHeader{"Content-Digest", &protocol::ReceivedHeaders::content_digest},
    SignatureHeader{"B3IQ-Audience", &protocol::ReceivedHeaders::audience},
    SignatureHeader{"B3IQ-Sequence", &protocol::ReceivedHeaders::sequence},
    SignatureHeader{"Signature-Input", &protocol::ReceivedHeaders::signature_input},
    SignatureHeader{"Signature", &protocol::ReceivedHeaders::signature},
};

// All five, each once: two lines of one header could be joined to something else elsewhere.
Result<protocol::ReceivedHeaders> received_headers(const http::Request& request) {
  protocol::ReceivedHeaders out;
  unsigned seen = 0;
  for (const auto& header : request.headers) {
    for (std::size_t i = 0; i < kSignatureHeaders.size(); ++i) {
      const auto& wanted = kSignatureHeaders[i];
      if (header.name.size() != wanted.name.size() ||
          !http::equal_ignoring_case(header.name, wanted.name)) {
        continue;
      }
      if ((seen & (1U << i)) != 0) {
        return Error(ErrorCode::invalid_signature,
                     std::string("The ").append(wanted.name).append(" header came twice."),
                     std::string(wanted.name));
      }
      seen |= 1U << i;
      out.*wanted.field = header.value;
    }
  }
  for (std::size_t i = 0; i < kSignatureHeaders.size(); ++i) {
    if ((seen & (1U << i)) == 0) {
      return Error(ErrorCode::invalid_signature,
                   std::string("The request is not signed: it has no ")
                       .append(kSignatureHeaders[i].name)
                       .append(" header."),
                   std::string(kSignatureHeaders[i].name));
    }
  }
  return out;
}

// Path and query as they came, which is what was signed.
protocol::CoveredRequest covered(const http::Request& request) {
  const std::string_view target = request.target;
  return {request.method_text, target.substr(0, target.find('?')), request.query, request.body};
}

}  // namespace

std::string_view NodeAuth::address_of(const http::Request& request) const {
  return client_address(request, limits_.trusted_proxies);
}

Result<NodeClaim> NodeAuth::claim(const http::Request& request, SignatureTag tag) const {
  TRY(const auto headers, received_headers(request));
  TRY(auto parameters, protocol::parse_signature_input(headers.signature_input));
  if (parameters.tag != protocol::wire_name(tag)) {
    return Error(ErrorCode::invalid_signature,
                 "The request is signed for another purpose; this route takes the tag " +
                     std::string(protocol::wire_name(tag)) + ".",
                 "Signature-Input");
  }
  if (headers.audience != id_.text()) {
    return Error(ErrorCode::wrong_audience,
                 "The request was signed for another control plane; this one is " + id_.text() +
                     ". Check the node's control plane address.",
                 "B3IQ-Audience");
  }
  if (!request.path_parameters.empty() &&
      request.path_parameters.front() != parameters.node_id.text()) {
    return Error(ErrorCode::not_enrolled,
                 "The path is another node's; a node may only ask for itself.");
  }
  return NodeClaim{headers, std::move(parameters)};
}

Result<protocol::VerifiedRequest> NodeAuth::judged(Result<protocol::VerifiedRequest> verified,
                                                   const http::Request& request,
                                                   const NodeClaim& claim, std::int64_t now_seconds,
                                                   protocol::ManagedErrorFacts& facts) {
  if (verified.ok()) return verified;
  auto refusal =
      protocol::signature_refusal(std::move(verified).error(), claim.headers, now_seconds);
  facts = refusal.facts;
  // A clock that is off is not an attack: the signature held.
  if (refusal.error.code != ErrorCode::clock_skew)
    TRY_OK(limits_.failures.take(address_of(request)));
  return std::move(refusal.error);
}

Result<protocol::VerifiedRequest> NodeAuth::verify_with(const http::Request& request,
                                                        SignatureTag tag, const NodeClaim& claim,
                                                        const crypto::Ed25519PublicKey& key,
                                                        protocol::ManagedErrorFacts& facts) {
  const auto now_seconds = clock_.wall_ms() / 1000;
  auto verified =
      protocol::verify_request(covered(request), claim.headers, {tag, id_, now_seconds}, key);
  return judged(std::move(verified), request, claim, now_seconds, facts);
}

Task<Result<NodeAuth::Verified>> NodeAuth::verify(const http::Request& request, SignatureTag tag,
                                                  const NodeClaim& claim,
                                                  protocol::ManagedErrorFacts& facts) {
  // Before the costly part: an address that keeps failing, and a node that asks too often (by its
  // claim: a stranger who uses a node's name fails, and is counted by address).
  CO_TRY_OK(limits_.failures.check(address_of(request)));
  Verified out;
  if (const auto* const cached = keys_.cached(claim.node_id().text())) {
    out.key = *cached;
  } else {
    auto found = co_await keys_.look_up(claim.node_id());
    if (!found.ok()) {
      if (found.error().code == ErrorCode::not_enrolled)
        CO_TRY_OK(limits_.failures.take(address_of(request)));
      co_return std::move(found).error();
    }
    out.key = found.value();
  }
  const auto now_seconds = clock_.wall_ms() / 1000;
  auto verified = protocol::verify_known_node(covered(request), claim.headers, claim.parameters,
                                              {tag, id_, now_seconds}, out.key);
  CO_TRY(out.request, judged(std::move(verified), request, claim, now_seconds, facts));
  const std::string_view node_id = claim.node_id().text();
  if (tag != SignatureTag::frames) {
    CO_TRY_OK(limits_.per_node.take(node_id));
    co_return out;
  }
  CO_TRY_OK(limits_.frames.take(node_id));
  CO_TRY_OK(limits_.frame_bytes.take(node_id, std::ssize(request.body)));
  co_return out;
}

}  // namespace b3iq::control
