#include "protocol/private/request_opener.h"

#include <algorithm>

#include "protocol/private/sealed_part.h"

namespace b3iq::protocol {
namespace {

base::Error cannot_open() {
  return base::Error(base::ErrorCode::invalid_encrypted_request,
                     "The sealed request cannot be opened for this job, node and model. Seal it "
                     "anew, to the node's current transport key and with the ids of the job.");
}

base::Error unknown_key() {
  return base::Error(base::ErrorCode::transport_key_unknown,
                     "The node has no transport key of this key_id. Fetch the node's current "
                     "binding, check it, and seal the request anew.",
                     "key_id");
}

}  // namespace

base::Result<OpenedRequest> open_request(std::span<const TransportKey* const> keys,
                                         const SealedEnvelope& envelope,
                                         const ExpectedRequest& expected) {
  const auto key = std::ranges::find(keys, envelope.key_id, &TransportKey::key_id);
  if (key == keys.end()) return unknown_key();
  auto secret = JobSecret::of_node(**key, envelope.client_public_key);
  if (!secret) return cannot_open();
  auto plaintext = open_part(*secret, SealedPart::request, expected.job_id, envelope);
  if (!plaintext) return cannot_open();
  auto read = decode_private_request(plaintext->reveal_text());
  if (!read.ok()) return cannot_open();
  const PrivateRequest& request = read->request;
  if (request.job_id != expected.job_id || request.node_id != expected.node_id ||
      request.model_id != expected.model_id)
    return cannot_open();
  return OpenedRequest{*std::move(plaintext), request.body, std::move(read->document),
                       request.customer_nonce,
                       AnswerSealer(expected.job_id, expected.node_id, envelope.client_public_key,
                                    *std::move(secret))};
}

base::Status check_request_aad(const SealedEnvelope& envelope, const ClientJobId& job_id) {
  if (!envelope.aad_hash || *envelope.aad_hash == additional_data_hash(SealedPart::request, job_id))
    return {};
  return base::Error(base::ErrorCode::invalid_encrypted_request,
                     "The sealed request's aad_hash is not that of this job_id. Seal the request "
                     "for the job_id that you send.",
                     "aad_hash");
}

}  // namespace b3iq::protocol
