// ChaCha20-Poly1305 (RFC 8439): authenticated encryption under one key. OpenSSL's: from 1 KiB on
// more than twice as fast as libsodium's where there is AVX2 or AVX-512 (crypto_bench), and not
// slower to speak of below that when one object seals many messages.
//
// A nonce must never come twice under one key: that is the caller's to make sure of.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "crypto/secret.h"

namespace b3iq::crypto {

inline constexpr std::size_t kAeadKeyBytes = 32;
inline constexpr std::size_t kAeadNonceBytes = 12;
inline constexpr std::size_t kAeadTagBytes = 16;
inline constexpr std::size_t kMaxAeadBytes = 1u << 30;  // of one message; more is a bug

using AeadNonce = std::array<std::uint8_t, kAeadNonceBytes>;

// Holds the key, and wipes it when it goes. One thread at a time.
class ChaCha20Poly1305 {
 public:
  explicit ChaCha20Poly1305(const SecretBytes<kAeadKeyBytes>& key);

  // `out` is kAeadTagBytes longer than `plaintext`; it may begin where `plaintext` does.
  void seal(const AeadNonce& nonce, base::ByteView aad, base::ByteView plaintext,
            std::span<std::uint8_t> out);
  // False: not sealed so, or `sealed` is shorter than a tag; then nothing of the plaintext is left
  // in `out`. `out` is kAeadTagBytes shorter than `sealed` and must not overlap it in part.
  [[nodiscard]] bool open(const AeadNonce& nonce, base::ByteView aad, base::ByteView sealed,
                          std::span<std::uint8_t> out);

 private:
  struct ContextDeleter {
    void operator()(void* context) const;
  };
  SecretBytes<kAeadKeyBytes> key_;
  std::unique_ptr<void, ContextDeleter> context_;
};

}  // namespace b3iq::crypto
