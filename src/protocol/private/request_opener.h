// The node's side: a sealed request opened with one of the node's transport keys, and what seals
// its answer. One key agreement per job.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "crypto/secret.h"
#include "protocol/private/answer_sealer.h"
#include "protocol/private/private_request.h"
#include "protocol/sealed_envelope.h"
#include "protocol/transport_key.h"

namespace b3iq::protocol {

// What the command says; the envelope must say the same.
struct ExpectedRequest {
  ClientJobId job_id;  // as the customer gave it
  NodeId node_id;      // this node's
  std::string_view model_id;
};

struct OpenedRequest {
  crypto::Secret plaintext;  // `body` is a part of it
  std::string_view body;     // of the request: an OpenAI chat body, byte for byte
  json::Document document;   // of `body`: parsed once, for the chat decoder
  CustomerNonce customer_nonce{};
  AnswerSealer sealer;
};

// `keys`: the node's transport key, and the one before it while its grace lasts. Errors:
// transport_key_unknown (none has the envelope's key_id); invalid_encrypted_request, with one text
// whatever the cause. Any thread.
base::Result<OpenedRequest> open_request(std::span<const TransportKey* const> keys,
                                         const SealedEnvelope& envelope,
                                         const ExpectedRequest& expected);

// What can be refused without a key, and so before money moves: an aad_hash that is not the job's.
// Errors: invalid_encrypted_request (param aad_hash).
base::Status check_request_aad(const SealedEnvelope& envelope, const ClientJobId& job_id);

}  // namespace b3iq::protocol
