#include "protocol/private/sealed_part.h"

#include "base/check.h"
#include "crypto/chacha20_poly1305.h"

namespace b3iq::protocol {

static_assert(kEnvelopeNonceBytes == crypto::kAeadNonceBytes);
static_assert(kEnvelopeTagBytes == crypto::kAeadTagBytes);

SealedEnvelope seal_part(const JobSecret& secret, SealedPart part, const ClientJobId& job_id,
                         const crypto::X25519PublicKey& client, base::Bytes plaintext,
                         base::Random& random) {
  B3_CHECK(plaintext.size() >= kEnvelopeTagBytes);
  const std::string aad = additional_data(part, job_id);
  SealedEnvelope envelope;
  envelope.key_id = secret.key_id();
  envelope.client_public_key = client;
  random.fill(envelope.nonce);
  envelope.aad_hash = crypto::sha256(aad);
  const std::size_t size = plaintext.size() - kEnvelopeTagBytes;
  crypto::ChaCha20Poly1305(secret.key_of(part))
      .seal(envelope.nonce, base::as_bytes(aad), base::ByteView(plaintext).first(size), plaintext);
  envelope.ciphertext = std::move(plaintext);
  return envelope;
}

std::optional<crypto::Secret> open_part(const JobSecret& secret, SealedPart part,
                                        const ClientJobId& job_id, const SealedEnvelope& envelope) {
  const std::string aad = additional_data(part, job_id);
  if (envelope.aad_hash && *envelope.aad_hash != crypto::sha256(aad)) return std::nullopt;
  if (envelope.ciphertext.size() < kEnvelopeTagBytes) return std::nullopt;
  auto plaintext = crypto::Secret::for_overwrite(envelope.ciphertext.size() - kEnvelopeTagBytes);
  if (!crypto::ChaCha20Poly1305(secret.key_of(part))
           .open(envelope.nonce, base::as_bytes(aad), envelope.ciphertext, plaintext.writable()))
    return std::nullopt;
  return plaintext;
}

}  // namespace b3iq::protocol
