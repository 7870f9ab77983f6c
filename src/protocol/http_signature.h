// The signature on a request that a node makes: RFC 9421 with one fixed profile, so that there is
// one spelling of each.
//
//   Content-Digest   = sha-256=:base64(SHA-256(body)):                      (RFC 9530; also for an
//   empty body) B3IQ-Audience    = control plane id B3IQ-Sequence    = 1*15DIGIT, no leading zero,
//   from 1 Signature-Input  = b3iq=("@method" "@path" "@query" "content-digest" "b3iq-audience"
//   "b3iq-sequence")
//                      ;created=UNIX-SECONDS;nonce="22 base64url";keyid="node id";tag="purpose"
//   Signature        = b3iq=:base64(Ed25519(signature base)):
//
// The signature base is that of RFC 9421 section 2.5; "@query" is "?" and the query, or "?" alone.
// Any other component set, parameter, order, label or white space is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "protocol/identity.h"
#include "protocol/ids.h"

namespace b3iq::protocol {

enum class SignatureTag : std::uint8_t {
  enroll,
  heartbeat,
  inventory,
  poll,
  result,
  receipts,
  tunnel,
  payouts,
  unenroll,
  frames
};
inline constexpr std::size_t kSignatureTags = 10;
std::string_view wire_name(SignatureTag tag);

inline constexpr std::int64_t kMaxClockSkewSeconds = 300;
inline constexpr std::int64_t kMaxSequence = 999'999'999'999'999;  // an RFC 8941 integer
inline constexpr std::size_t kMaxSignatureInputBytes = 512;

// The parts of a request that are covered. Views; the request outlives it. `path` as it was sent
// (not decoded), `query` without its question mark.
struct CoveredRequest {
  std::string_view method;
  std::string_view path;
  std::string_view query;
  std::string_view body;
};

// The values of the five headers to send.
struct SignatureHeaders {
  std::string content_digest;
  std::string audience;
  std::string sequence;
  std::string signature_input;
  std::string signature;
};

struct SigningContext {
  SignatureTag tag;
  ControlPlaneId audience;
  std::int64_t sequence;         // above the last one used for this tag; 1 to kMaxSequence
  std::int64_t created_seconds;  // UNIX time, with the offset the control plane told us
};

SignatureHeaders sign_request(const CoveredRequest& request, const SigningContext& context,
                              const NodeIdentity& identity, base::Random& random);

// The five headers as they came. Views. A header that came twice must be given joined by ", " (and
// is then refused).
struct ReceivedHeaders {
  std::string_view content_digest;
  std::string_view audience;
  std::string_view sequence;
  std::string_view signature_input;
  std::string_view signature;
};

// What Signature-Input says, not yet verified: to look up the key.
struct SignatureParameters {
  std::int64_t created_seconds = 0;
  std::string_view nonce;  // in the header
  NodeId node_id;
  std::string_view tag;  // one of wire_name()
};
// Errors: invalid_signature, naming the header and its form.
base::Result<SignatureParameters> parse_signature_input(std::string_view header);

struct ExpectedSignature {
  SignatureTag tag;         // the route's
  ControlPlaneId audience;  // this control plane
  std::int64_t now_seconds;
};

struct VerifiedRequest {
  NodeId node_id;
  std::int64_t sequence =
      0;  // the caller compares it with the last one, in the transaction of the effect
  std::int64_t created_seconds = 0;
};

// Errors: invalid_signature for a wrong form, tag, digest, key or signature; wrong_audience;
// clock_skew with skew_seconds and the server's time when `created` is more than
// kMaxClockSkewSeconds away (told only to a request that verifies otherwise).
base::Result<VerifiedRequest> verify_request(const CoveredRequest& request,
                                             const ReceivedHeaders& headers,
                                             const ExpectedSignature& expected,
                                             const crypto::Ed25519PublicKey& key);
// The same with what parse_signature_input() has made of these headers, for a node whose key is
// known: `key` is that of parameters.node_id, which is not looked at again.
base::Result<VerifiedRequest> verify_known_node(const CoveredRequest& request,
                                                const ReceivedHeaders& headers,
                                                const SignatureParameters& parameters,
                                                const ExpectedSignature& expected,
                                                const crypto::Ed25519PublicKey& key);

// RFC 9530, sha-256 alone.
std::string content_digest(std::string_view body);

// RFC 9421 section 2.5 for this profile; `parameters` is what follows "b3iq=" in Signature-Input.
// For tests and vectors.
std::string signature_base(const CoveredRequest& request, std::string_view digest,
                           std::string_view audience, std::string_view sequence,
                           std::string_view parameters);

}  // namespace b3iq::protocol
