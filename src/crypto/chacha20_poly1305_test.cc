#include "crypto/chacha20_poly1305.h"

#include <gtest/gtest.h>
#include <sodium/crypto_aead_chacha20poly1305.h>

#include <algorithm>

#include "base/random.h"

namespace b3iq::crypto {
namespace {

base::Bytes hex(std::string_view text) { return base::from_hex(text).value(); }
SecretBytes<32> key(const base::Bytes& bytes) {
  return SecretBytes<32>(std::span<const std::uint8_t, 32>(bytes.data(), 32));
}
AeadNonce nonce(std::string_view text) {
  AeadNonce out{};
  std::ranges::copy(hex(text), out.begin());
  return out;
}
std::string sealed(ChaCha20Poly1305& aead, const AeadNonce& with, base::ByteView aad,
                   std::string_view plaintext) {
  base::Bytes out(plaintext.size() + kAeadTagBytes);
  aead.seal(with, aad, base::as_bytes(plaintext), out);
  return base::to_hex(out);
}

// RFC 8439 section 2.8.2.
TEST(ChaCha20Poly1305, SealsAsPublished) {
  ChaCha20Poly1305 aead(
      key(hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f")));
  EXPECT_EQ(sealed(aead, nonce("070000004041424344454647"), hex("50515253c0c1c2c3c4c5c6c7"),
                   "Ladies and Gentlemen of the class of '99: If I could offer you only one tip "
                   "for the future, sunscreen would be it."),
            "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
            "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
            "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
            "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691");
}

// RFC 8439 appendix A.5.
TEST(ChaCha20Poly1305, OpensAsPublished) {
  ChaCha20Poly1305 aead(
      key(hex("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0")));
  const base::Bytes text =
      hex("64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb2"
          "4c6cfc18755d43eea09ee94e382d26b0bdb7b73c321b0100d4f03b7f355894cf"
          "332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c855"
          "9797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4"
          "b9166c767b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523e"
          "af4534d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273f548271a"
          "0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a10"
          "49e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29"
          "a6ad5cb4022b02709beead9d67890cbb22392336fea1851f38");
  base::Bytes out(text.size() - kAeadTagBytes);
  ASSERT_TRUE(
      aead.open(nonce("000000000102030405060708"), hex("f33388860000000000004e91"), text, out));
  EXPECT_TRUE(base::as_text(out).starts_with("Internet-Drafts are draft documents valid for a"));
}

TEST(ChaCha20Poly1305, AnyChangeIsRefusedAndLeavesNothing) {
  const auto secret = SecretBytes<32>::random(base::system_random());
  ChaCha20Poly1305 aead(secret);
  const AeadNonce with = nonce("000102030405060708090a0b");
  const base::Bytes aad = {1, 2, 3};
  const std::string plaintext = "a text of some length";
  base::Bytes good(plaintext.size() + kAeadTagBytes);
  aead.seal(with, aad, base::as_bytes(plaintext), good);
  base::Bytes out(plaintext.size());
  ASSERT_TRUE(aead.open(with, aad, good, out));
  EXPECT_EQ(base::as_text(out), plaintext);

  const base::Bytes zeros(out.size());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    base::Bytes bad = good;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    out.assign(out.size(), 7);
    EXPECT_FALSE(aead.open(with, aad, bad, out)) << bit;
    EXPECT_EQ(out, zeros) << "what was not authenticated is gone";
  }
  EXPECT_FALSE(aead.open(nonce("000102030405060708090a0c"), aad, good, out));
  EXPECT_FALSE(aead.open(with, base::Bytes{1, 2}, good, out));
  EXPECT_FALSE(aead.open(with, {}, good, out));
  ChaCha20Poly1305 other(SecretBytes<32>::random(base::system_random()));
  EXPECT_FALSE(other.open(with, aad, good, out));
  EXPECT_FALSE(aead.open(with, aad, base::ByteView(good).first(kAeadTagBytes - 1), {}));
  EXPECT_FALSE(aead.open(with, aad, {}, {}));
  ASSERT_TRUE(aead.open(with, aad, good, out)) << "a refusal does not spoil the next";
}

// Against the other library, in place and of every length around a block.
TEST(ChaCha20Poly1305, AgreesWithLibsodium) {
  const auto secret = SecretBytes<32>::random(base::system_random());
  ChaCha20Poly1305 aead(secret);
  AeadNonce with{};
  for (std::size_t size : {0u, 1u, 15u, 16u, 17u, 63u, 64u, 65u, 255u, 256u, 1000u, 70'000u}) {
    SCOPED_TRACE(size);
    base::system_random().fill(with);
    base::Bytes plaintext(size), aad(size % 37);
    base::system_random().fill(plaintext);
    base::system_random().fill(aad);
    base::Bytes theirs(size + kAeadTagBytes);
    crypto_aead_chacha20poly1305_ietf_encrypt(theirs.data(), nullptr, plaintext.data(), size,
                                              aad.data(), aad.size(), nullptr, with.data(),
                                              secret.reveal().data());
    base::Bytes ours = plaintext;
    ours.resize(size + kAeadTagBytes);
    aead.seal(with, aad, base::ByteView(ours).first(size), ours);
    EXPECT_EQ(ours, theirs);
    base::Bytes opened(size);
    EXPECT_TRUE(aead.open(with, aad, theirs, opened));
    EXPECT_EQ(opened, plaintext);
  }
}

}  // namespace
}  // namespace b3iq::crypto
