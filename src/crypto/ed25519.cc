#include "crypto/ed25519.h"

#include <sodium/crypto_sign_ed25519.h>

#include <algorithm>

#include "base/check.h"
#include "crypto/sodium_start.h"

namespace b3iq::crypto {

Ed25519SecretKey Ed25519SecretKey::from_seed(std::span<const std::uint8_t, 32> seed) {
  start_sodium();
  Ed25519SecretKey key;
  B3_CHECK(crypto_sign_ed25519_seed_keypair(key.public_.bytes.data(),
                                            key.expanded_.writable().data(), seed.data()) == 0);
  return key;
}

Ed25519SecretKey Ed25519SecretKey::generate(base::Random& random) {
  return from_seed(SecretBytes<32>::random(random).reveal());
}

Ed25519Signature Ed25519SecretKey::sign(base::ByteView message) const {
  Ed25519Signature signature;
  B3_CHECK(crypto_sign_ed25519_detached(signature.bytes.data(), nullptr, message.data(),
                                        message.size(), expanded_.reveal().data()) == 0);
  return signature;
}

// libsodium's check is the strict rule: it refuses S >= L, a small-order R or A and a non-canonical
// A, and it compares R with the canonical bytes it computed. tests/vectors/ed25519.json holds it to
// that.
bool ed25519_verify(const Ed25519PublicKey& key, base::ByteView message,
                    const Ed25519Signature& signature) {
  start_sodium();
  return crypto_sign_ed25519_verify_detached(signature.bytes.data(), message.data(), message.size(),
                                             key.bytes.data()) == 0;
}

std::optional<Ed25519PublicKey> ed25519_public_key(base::ByteView bytes) {
  Ed25519PublicKey key;
  if (bytes.size() != key.bytes.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), key.bytes.begin());
  return key;
}

std::optional<Ed25519Signature> ed25519_signature(base::ByteView bytes) {
  Ed25519Signature signature;
  if (bytes.size() != signature.bytes.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), signature.bytes.begin());
  return signature;
}

}  // namespace b3iq::crypto
