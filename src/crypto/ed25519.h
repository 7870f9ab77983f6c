// Ed25519 (RFC 8032) with one strict rule everywhere: S < L, canonical A and R, no small-order A or
// R, and the equation without the cofactor. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/random.h"
#include "crypto/secret.h"

namespace b3iq::crypto {

struct Ed25519PublicKey {
  std::array<std::uint8_t, 32> bytes{};
  friend bool operator==(const Ed25519PublicKey&, const Ed25519PublicKey&) = default;
};

struct Ed25519Signature {
  std::array<std::uint8_t, 64> bytes{};
};

class Ed25519SecretKey {
 public:
  static Ed25519SecretKey from_seed(std::span<const std::uint8_t, 32> seed);
  static Ed25519SecretKey generate(base::Random& random);

  const Ed25519PublicKey& public_key() const { return public_; }
  Ed25519Signature sign(base::ByteView message) const;
  // The 32 bytes that a key file keeps.
  std::span<const std::uint8_t, 32> seed() const { return expanded_.reveal().first<32>(); }

 private:
  Ed25519SecretKey() = default;
  SecretBytes<64> expanded_;  // seed, then public key
  Ed25519PublicKey public_;
};

// True when `signature` is `key`'s over `message` by the rule above.
bool ed25519_verify(const Ed25519PublicKey& key, base::ByteView message,
                    const Ed25519Signature& signature);

// From raw bytes; nullopt for another length. (Whether a key is usable is decided by
// ed25519_verify.)
std::optional<Ed25519PublicKey> ed25519_public_key(base::ByteView bytes);
std::optional<Ed25519Signature> ed25519_signature(base::ByteView bytes);

}  // namespace b3iq::crypto
