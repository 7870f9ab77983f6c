// The customer's side: one request sealed to one node, and the only thing that opens its answers.
//
// There is no object that could seal twice: seal_request makes a fresh X25519 pair, seals, and
// forgets the pair's secret. So a nonce cannot come again under one request key.
#pragma once

#include <optional>

#include "base/random.h"
#include "base/result.h"
#include "crypto/x25519.h"
#include "protocol/ids.h"
#include "protocol/private/answer_opener.h"
#include "protocol/private/private_request.h"
#include "protocol/sealed_envelope.h"

namespace b3iq::protocol {

// Whom to seal to: of a transport-key binding that was verified for the node
// (transport_key_binding.h). Sealing checks that the id is the key's.
struct NodeTransportKey {
  crypto::X25519PublicKey public_key;
  TransportKeyId key_id;
};

struct SealedRequest {
  SealedEnvelope envelope;
  AnswerOpener opener;
};

// Draws 32 bytes for the pair and 12 for the nonce. Any thread, with its own `random`. Errors:
// invalid_request (a member, or a key that nothing can be sealed to), invalid_json,
// payload_too_large.
base::Result<SealedRequest> seal_request(const PrivateRequest& request,
                                         const NodeTransportKey& node_key, base::Random& random,
                                         BodyCheck check = BodyCheck::parse);

}  // namespace b3iq::protocol
