// A sealed request or answer of b3iq-private-transport-v1, as it travels: the members alone.
// Nothing here seals or opens: that is private/.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/sha256.h"
#include "crypto/x25519.h"
#include "json/json.h"
#include "protocol/ids.h"

namespace b3iq::protocol {

inline constexpr std::string_view kEnvelopeVersion = "b3iq-private-transport-v1";
inline constexpr std::string_view kEnvelopeAlgorithm = "x25519-hkdf-sha256-chacha20poly1305";
inline constexpr std::size_t kEnvelopeNonceBytes = 12;
inline constexpr std::size_t kEnvelopeTagBytes = 16;
inline constexpr std::size_t kMaxSealedRequestBytes = 1024 * 1024 + kEnvelopeTagBytes;
inline constexpr std::size_t kMaxSealedAnswerBytes = 4 * 1024 * 1024 + kEnvelopeTagBytes;

struct SealedEnvelope {
  TransportKeyId key_id;
  crypto::X25519PublicKey client_public_key;
  std::array<std::uint8_t, kEnvelopeNonceBytes> nonce{};
  base::Bytes ciphertext;  // with its tag
  std::optional<crypto::Sha256Digest> aad_hash;
};
void write_sealed_envelope(json::Writer& writer, const SealedEnvelope& envelope);
// A customer's sealed request. Strict: these members and no other, each in its one spelling, a
// client key that keys are agreed with. Errors: invalid_encrypted_request naming the member.
base::Result<SealedEnvelope> decode_sealed_envelope(
    json::Value value, std::size_t max_ciphertext_bytes = kMaxSealedRequestBytes);
// A node's sealed answer, by the same rules. Errors: invalid_request naming the member.
base::Result<SealedEnvelope> decode_sealed_answer(json::Value value);

}  // namespace b3iq::protocol
