#include "crypto/sealed_box.h"

#include <sodium/crypto_box.h>

#include "crypto/sodium_start.h"

namespace b3iq::crypto {

static_assert(kSealedBoxExtraBytes == crypto_box_SEALBYTES);

std::optional<base::Bytes> seal_box(base::ByteView plaintext, const X25519PublicKey& key) {
  start_sodium();
  base::Bytes sealed(plaintext.size() + kSealedBoxExtraBytes);
  if (crypto_box_seal(sealed.data(), plaintext.data(), plaintext.size(), key.bytes.data()) != 0)
    return std::nullopt;
  return sealed;
}

std::optional<Secret> open_sealed_box(base::ByteView sealed, const X25519SecretKey& key) {
  start_sodium();
  if (sealed.size() < kSealedBoxExtraBytes) return std::nullopt;
  Secret plaintext = Secret::of_size(sealed.size() - kSealedBoxExtraBytes);
  if (crypto_box_seal_open(plaintext.writable().data(), sealed.data(), sealed.size(),
                           key.public_key().bytes.data(), key.reveal().data()) != 0)
    return std::nullopt;
  return plaintext;
}

}  // namespace b3iq::crypto
