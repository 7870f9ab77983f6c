// X25519 (RFC 7748) key pairs for private transport.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/random.h"
#include "crypto/secret.h"

namespace b3iq::crypto {

struct X25519PublicKey {
  std::array<std::uint8_t, 32> bytes{};
  friend bool operator==(const X25519PublicKey&, const X25519PublicKey&) = default;
};

class X25519SecretKey {
 public:
  static X25519SecretKey from_bytes(std::span<const std::uint8_t, 32> bytes);
  static X25519SecretKey generate(base::Random& random);

  const X25519PublicKey& public_key() const { return public_; }
  // The 32 bytes that a key file keeps.
  std::span<const std::uint8_t, 32> reveal() const { return secret_.reveal(); }

 private:
  explicit X25519SecretKey(SecretBytes<32> secret);
  SecretBytes<32> secret_;
  X25519PublicKey public_;
};

}  // namespace b3iq::crypto
