// A node's signed requests (PROTOCOL section 1): who signs, for whom, for which purpose, and that
// the signature holds. Whether the request may have an effect is decided later, in the transaction
// of the effect (nodes/lease_store.h: claim_sequence). Loop thread.
#pragma once

#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "control/auth/node_keys.h"
#include "control/config/address_range.h"
#include "control/limits/address_buckets.h"
#include "control/limits/node_buckets.h"
#include "http/message.h"
#include "protocol/http_signature.h"
#include "protocol/messages/managed_error.h"

namespace b3iq::control {

// Who says to have signed, and with what; nothing of it is proved. Its views are of the request.
struct NodeClaim {
  const protocol::NodeId& node_id() const { return parameters.node_id; }

  protocol::ReceivedHeaders headers;
  protocol::SignatureParameters parameters;
};

// Refused signatures of one address in a minute, after which its requests are not looked at for a
// while. High: a fleet may stand behind one address; a refusal costs 60 us.
inline constexpr std::int64_t kRefusedPerMinute = 3'000;

// Of one node. A node brings frames 20 times a second at most (agent: kFramesPauseMs).
inline constexpr std::int64_t kFrameRequestsPerMinute = 1'500;
// … and in them far less than this, with as many jobs at once as a node may have.
inline constexpr std::int64_t kFrameBytesPerMinute = std::int64_t{128} * 1024 * 1024;

struct NodeLimits {
  NodeBuckets& per_node;     // verified requests, but for frames
  NodeBuckets& frames;       // frames of streams: many, and not at the cost of the others
  NodeBuckets& frame_bytes;  // of the bodies of those
  AddressBuckets& failures;  // signatures that did not verify, and strangers, per address
  const std::vector<AddressRange>& trusted_proxies;
};

class NodeAuth {
 public:
  NodeAuth(protocol::ControlPlaneId id, NodeKeys& keys, const base::Clock& clock, NodeLimits limits)
      : id_(std::move(id)), keys_(keys), clock_(clock), limits_(limits) {}

  // From the header alone, before a body is read: form, purpose, audience, and that the path is the
  // signer's own. Errors: invalid_signature, wrong_audience, not_enrolled for another node's path.
  base::Result<NodeClaim> claim(const http::Request& request, protocol::SignatureTag tag) const;

  struct Verified {
    protocol::VerifiedRequest request;
    crypto::Ed25519PublicKey key;
  };
  // The signature over the whole request. `facts` are filled for a refusal.
  // Errors: not_enrolled, invalid_signature, clock_skew, rate_limited, those of the database.
  base::Task<base::Result<Verified>> verify(const http::Request& request,
                                            protocol::SignatureTag tag, const NodeClaim& claim,
                                            protocol::ManagedErrorFacts& facts);
  // The same with a key that the request itself brings (enrollment).
  base::Result<protocol::VerifiedRequest> verify_with(const http::Request& request,
                                                      protocol::SignatureTag tag,
                                                      const NodeClaim& claim,
                                                      const crypto::Ed25519PublicKey& key,
                                                      protocol::ManagedErrorFacts& facts);
  std::string_view address_of(const http::Request& request) const;

 private:
  // `verified`, or the refusal that it is, counted.
  base::Result<protocol::VerifiedRequest> judged(base::Result<protocol::VerifiedRequest> verified,
                                                 const http::Request& request,
                                                 const NodeClaim& claim, std::int64_t now_seconds,
                                                 protocol::ManagedErrorFacts& facts);

  protocol::ControlPlaneId id_;
  NodeKeys& keys_;
  const base::Clock& clock_;
  NodeLimits limits_;
};

}  // namespace b3iq::control
