#include "crypto/chacha20_poly1305.h"

#include <openssl/evp.h>

#include <algorithm>

#include "base/check.h"

namespace b3iq::crypto {
namespace {

// Fetched once: a look-up by name costs more than a short message. Never freed, so that it outlives
// whoever uses it.
const EVP_CIPHER* cipher() {
  static const EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
  B3_CHECK(fetched != nullptr);
  return fetched;
}

EVP_CIPHER_CTX* of(void* context) { return static_cast<EVP_CIPHER_CTX*>(context); }

int length_of(std::size_t bytes) {
  B3_CHECK(bytes <= kMaxAeadBytes);
  return static_cast<int>(bytes);
}

enum class Direction : std::uint8_t { open, seal };

// Sets key and nonce, takes the additional data.
void begin(EVP_CIPHER_CTX* context, const SecretBytes<kAeadKeyBytes>& key, const AeadNonce& nonce,
           base::ByteView aad, Direction direction) {
  int n = 0;
  B3_CHECK(EVP_CipherInit_ex2(context, nullptr, key.reveal().data(), nonce.data(),
                              direction == Direction::seal ? 1 : 0, nullptr) == 1);
  if (!aad.empty()) {
    B3_CHECK(EVP_CipherUpdate(context, nullptr, &n, aad.data(), length_of(aad.size())) == 1);
  }
}

}  // namespace

void ChaCha20Poly1305::ContextDeleter::operator()(void* context) const {
  EVP_CIPHER_CTX_free(of(context));  // wipes what it holds of the key
}

ChaCha20Poly1305::ChaCha20Poly1305(const SecretBytes<kAeadKeyBytes>& key)
    : key_(key.clone()), context_(EVP_CIPHER_CTX_new()) {
  B3_CHECK(context_ != nullptr);
  B3_CHECK(EVP_CipherInit_ex2(of(context_.get()), cipher(), nullptr, nullptr, 1, nullptr) == 1);
}

void ChaCha20Poly1305::seal(const AeadNonce& nonce, base::ByteView aad, base::ByteView plaintext,
                            std::span<std::uint8_t> out) {
  B3_CHECK(out.size() == plaintext.size() + kAeadTagBytes);
  EVP_CIPHER_CTX* const context = of(context_.get());
  begin(context, key_, nonce, aad, Direction::seal);
  int n = 0;
  if (!plaintext.empty()) {
    B3_CHECK(EVP_CipherUpdate(context, out.data(), &n, plaintext.data(),
                              length_of(plaintext.size())) == 1);
    B3_CHECK(static_cast<std::size_t>(n) == plaintext.size());
  }
  std::uint8_t* const tag = out.data() + plaintext.size();
  B3_CHECK(EVP_CipherFinal_ex(context, tag, &n) == 1 && n == 0);
  B3_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kAeadTagBytes, tag) == 1);
}

bool ChaCha20Poly1305::open(const AeadNonce& nonce, base::ByteView aad, base::ByteView sealed,
                            std::span<std::uint8_t> out) {
  if (sealed.size() < kAeadTagBytes) return false;
  B3_CHECK(out.size() + kAeadTagBytes == sealed.size());
  EVP_CIPHER_CTX* const context = of(context_.get());
  begin(context, key_, nonce, aad, Direction::open);
  std::array<std::uint8_t, kAeadTagBytes> tag;
  std::copy_n(sealed.end() - kAeadTagBytes, kAeadTagBytes, tag.begin());
  int n = 0;
  if (!out.empty()) {
    B3_CHECK(EVP_CipherUpdate(context, out.data(), &n, sealed.data(), length_of(out.size())) == 1);
  }
  B3_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kAeadTagBytes, tag.data()) == 1);
  std::uint8_t unused[kAeadTagBytes];
  if (EVP_CipherFinal_ex(context, unused, &n) == 1) return true;
  wipe(out.data(), out.size());
  return false;
}

}  // namespace b3iq::crypto
