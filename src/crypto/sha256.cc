// The low-level calls: deprecated since OpenSSL 3.0 but present in all of 3.x, with the same SHA-NI
// code as EVP and without EVP's fetch, allocation and reference counts, which cost more than the
// hash of a short text.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/sha256.h"

#include <openssl/sha.h>

#include "base/check.h"

namespace b3iq::crypto {
namespace {

SHA256_CTX* context(std::array<std::byte, 112>& state) {
  static_assert(sizeof(SHA256_CTX) == 112 && alignof(SHA256_CTX) <= 8);
  return reinterpret_cast<SHA256_CTX*>(state.data());
}

}  // namespace

Sha256::Sha256() { B3_CHECK(SHA256_Init(context(state_)) == 1); }

void Sha256::update(base::ByteView bytes) {
  B3_CHECK(SHA256_Update(context(state_), bytes.data(), bytes.size()) == 1);
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  B3_CHECK(SHA256_Final(digest.data(), context(state_)) == 1);
  B3_CHECK(SHA256_Init(context(state_)) == 1);
  return digest;
}

Sha256Digest sha256(base::ByteView bytes) {
  SHA256_CTX state;
  Sha256Digest digest;
  B3_CHECK(SHA256_Init(&state) == 1);
  B3_CHECK(SHA256_Update(&state, bytes.data(), bytes.size()) == 1);
  B3_CHECK(SHA256_Final(digest.data(), &state) == 1);
  return digest;
}

}  // namespace b3iq::crypto
