// The keys of one private job, b3iq-private-transport-v1 (docs/protocol/private-transport.md):
//
//   shared = X25519(own secret, other's public)
//   prk    = HKDF-Extract(salt = client_public node_public, ikm = shared)        SHA-256
//   key    = HKDF-Expand(prk, "b3iq-private-transport-v1 " part 0x00 key_id, 32)
//   part   = "request" | "response" | "response-stream"
//   AAD    = "b3iq-private-inference"        ":" job_id    of a request
//          | "b3iq-private-inference-result" ":" job_id    of an answer
//          | "b3iq-private-inference-stream" ":" job_id    of a chunk
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "crypto/secret.h"
#include "crypto/sha256.h"
#include "crypto/x25519.h"
#include "protocol/ids.h"
#include "protocol/transport_key.h"

namespace b3iq::protocol {

enum class SealedPart : std::uint8_t { request, response, response_stream };

// `job_id` as the customer gave it: the id that stands in the customer's own requests.
std::string additional_data(SealedPart part, const ClientJobId& job_id);
crypto::Sha256Digest additional_data_hash(SealedPart part, const ClientJobId& job_id);

// What one key agreement gave: prk. Made once per job on either side. Wiped when it goes.
class JobSecret {
 public:
  // nullopt: the other's public key is not usable (crypto/x25519_agreement.h).
  static std::optional<JobSecret> of_client(const crypto::X25519SecretKey& client,
                                            const crypto::X25519PublicKey& node,
                                            const TransportKeyId& node_key_id);
  static std::optional<JobSecret> of_node(const TransportKey& node,
                                          const crypto::X25519PublicKey& client);
  // A prk that was kept by reveal().
  JobSecret(crypto::SecretBytes<32> prk, TransportKeyId key_id)
      : prk_(std::move(prk)), key_id_(std::move(key_id)) {}

  crypto::SecretBytes<32> key_of(SealedPart part) const;
  const TransportKeyId& key_id() const { return key_id_; }
  // For a file of mode 0600 (answer_opener.h).
  std::span<const std::uint8_t, 32> reveal() const { return prk_.reveal(); }

 private:
  crypto::SecretBytes<32> prk_;
  TransportKeyId key_id_;
};

}  // namespace b3iq::protocol
