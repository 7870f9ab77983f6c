// Bytes that anybody can seal to an X25519 key and only its holder opens: libsodium's sealed box
// (crypto_box_seal: a fresh X25519 pair, XSalsa20-Poly1305). It does not say who sealed. Any
// thread.
#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"
#include "crypto/secret.h"
#include "crypto/x25519.h"

namespace b3iq::crypto {

inline constexpr std::size_t kSealedBoxExtraBytes = 48;

// kSealedBoxExtraBytes more than `plaintext`; other bytes each time. nullopt: a low-order key.
std::optional<base::Bytes> seal_box(base::ByteView plaintext, const X25519PublicKey& key);
// nullopt: not sealed to this key, or changed since.
std::optional<Secret> open_sealed_box(base::ByteView sealed, const X25519SecretKey& key);

}  // namespace b3iq::crypto
