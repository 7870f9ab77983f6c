#include "protocol/private/job_secret.h"

#include <array>

#include "crypto/hmac.h"
#include "crypto/x25519_agreement.h"
#include "protocol/sealed_envelope.h"
#include "protocol/wire_names.h"

namespace b3iq::protocol {
namespace {

constexpr std::array<std::string_view, 3> kKeyLabels = {"request", "response", "response-stream"};
constexpr std::array<std::string_view, 3> kAadLabels = {
    "b3iq-private-inference:", "b3iq-private-inference-result:", "b3iq-private-inference-stream:"};

std::optional<JobSecret> agreed(const crypto::X25519SecretKey& ours,
                                const crypto::X25519PublicKey& theirs,
                                const crypto::X25519PublicKey& client,
                                const crypto::X25519PublicKey& node, const TransportKeyId& key_id) {
  const auto shared = crypto::x25519_agree(ours, theirs);
  if (!shared) return std::nullopt;
  std::array<std::uint8_t, 64> salt;
  std::copy(client.bytes.begin(), client.bytes.end(), salt.begin());
  std::copy(node.bytes.begin(), node.bytes.end(), salt.begin() + 32);
  return JobSecret(crypto::hkdf_extract(salt, shared->reveal()), key_id);
}

}  // namespace

std::string additional_data(SealedPart part, const ClientJobId& job_id) {
  std::string out(name_of_value(kAadLabels, part));
  return out.append(job_id.text());
}

crypto::Sha256Digest additional_data_hash(SealedPart part, const ClientJobId& job_id) {
  return crypto::sha256(additional_data(part, job_id));
}

std::optional<JobSecret> JobSecret::of_client(const crypto::X25519SecretKey& client,
                                              const crypto::X25519PublicKey& node,
                                              const TransportKeyId& node_key_id) {
  return agreed(client, node, client.public_key(), node, node_key_id);
}

std::optional<JobSecret> JobSecret::of_node(const TransportKey& node,
                                            const crypto::X25519PublicKey& client) {
  return agreed(node.secret(), client, client, node.public_key(), node.key_id());
}

crypto::SecretBytes<32> JobSecret::key_of(SealedPart part) const {
  std::string info(kEnvelopeVersion);
  info.append(" ").append(name_of_value(kKeyLabels, part));
  info.push_back('\0');
  info.append(key_id_.text());
  crypto::SecretBytes<32> key;
  crypto::hkdf_expand(prk_, base::as_bytes(info), key.writable());
  return key;
}

}  // namespace b3iq::protocol
