#include "crypto/x25519.h"

#include <sodium/crypto_scalarmult_curve25519.h>

#include "base/check.h"
#include "crypto/sodium_start.h"

namespace b3iq::crypto {

X25519SecretKey::X25519SecretKey(SecretBytes<32> secret) : secret_(std::move(secret)) {
  start_sodium();
  B3_CHECK(crypto_scalarmult_curve25519_base(public_.bytes.data(), secret_.reveal().data()) == 0);
}

X25519SecretKey X25519SecretKey::from_bytes(std::span<const std::uint8_t, 32> bytes) {
  return X25519SecretKey(SecretBytes<32>(bytes));
}

X25519SecretKey X25519SecretKey::generate(base::Random& random) {
  return X25519SecretKey(SecretBytes<32>::random(random));
}

}  // namespace b3iq::crypto
