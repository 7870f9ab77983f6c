#include "protocol/private/request_sealer.h"

#include "protocol/identity.h"
#include "protocol/private/sealed_part.h"

namespace b3iq::protocol {
namespace {

base::Error unusable_key(std::string_view what) {
  return base::Error(base::ErrorCode::invalid_request,
                     "Nothing can be sealed to this transport key: " + std::string(what) +
                         ". Fetch the node's current binding.",
                     "public_key_x25519");
}

}  // namespace

base::Result<SealedRequest> seal_request(const PrivateRequest& request,
                                         const NodeTransportKey& node_key, base::Random& random,
                                         BodyCheck check) {
  if (transport_key_id_of(node_key.public_key) != node_key.key_id)
    return unusable_key("its key_id is another key's");
  TRY(auto plaintext, encode_private_request(request, kEnvelopeTagBytes, check));
  const auto pair = crypto::X25519SecretKey::generate(random);
  auto secret = JobSecret::of_client(pair, node_key.public_key, node_key.key_id);
  if (!secret) return unusable_key("it is not a point that keys are agreed with");
  auto envelope = seal_part(*secret, SealedPart::request, request.job_id, pair.public_key(),
                            std::move(plaintext), random);
  AnswerOpener opener(request.job_id, request.node_id, pair.public_key(), *std::move(secret));
  return SealedRequest{std::move(envelope), std::move(opener)};
}

}  // namespace b3iq::protocol
