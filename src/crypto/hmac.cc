#include "crypto/hmac.h"

#include <algorithm>

#include "base/check.h"

namespace b3iq::crypto {
namespace {

constexpr std::size_t kBlock = 64;

}  // namespace

// Written on our SHA-256: OpenSSL's EVP_MAC allocates and costs several times the hash itself on
// short inputs.
Sha256Digest hmac_sha256(base::ByteView key, std::initializer_list<base::ByteView> parts) {
  SecretBytes<kBlock> pad;
  const auto bytes = pad.writable();
  if (key.size() > kBlock) {
    const Sha256Digest hashed = sha256(key);
    std::copy(hashed.begin(), hashed.end(), bytes.begin());
  } else {
    std::copy(key.begin(), key.end(), bytes.begin());
  }
  for (std::uint8_t& byte : bytes) byte ^= 0x36;
  Sha256 hash;
  hash.update(bytes);
  for (base::ByteView part : parts) hash.update(part);
  const Sha256Digest inner = hash.finish();
  for (std::uint8_t& byte : bytes) byte ^= 0x36 ^ 0x5c;
  hash.update(bytes);
  hash.update(inner);
  return hash.finish();
}

SecretBytes<32> hkdf_extract(base::ByteView salt, base::ByteView input_key) {
  Sha256Digest key = hmac_sha256(salt, {input_key});
  SecretBytes<32> secret(key);
  wipe(key.data(), key.size());
  return secret;
}

void hkdf_expand(const SecretBytes<32>& key, base::ByteView info, std::span<std::uint8_t> out) {
  B3_CHECK(out.size() <= kHkdfMaxOutput);
  Sha256Digest block{};
  std::size_t used = 0;  // bytes of the previous block: none for the first
  for (std::uint8_t counter = 1; !out.empty(); ++counter) {
    block = hmac_sha256(key.reveal(), {base::ByteView(block).first(used), info, {&counter, 1}});
    used = block.size();
    const std::size_t n = std::min(used, out.size());
    std::copy_n(block.begin(), n, out.begin());
    out = out.subspan(n);
  }
  wipe(block.data(), block.size());
}

}  // namespace b3iq::crypto
