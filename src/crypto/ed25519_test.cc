// The published and the negative vectors (tests/vectors/ed25519.json) are run by
// protocol/crypto_vectors_test.cc, because this module cannot read JSON.
#include "crypto/ed25519.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace b3iq::crypto {
namespace {

TEST(Ed25519, VerifiesWhatItSignedAndNothingElse) {
  const auto a = Ed25519SecretKey::generate(base::system_random());
  const auto b = Ed25519SecretKey::generate(base::system_random());
  EXPECT_FALSE(a.public_key() == b.public_key());
  const auto message = base::as_bytes("message");
  auto signature = a.sign(message);
  EXPECT_TRUE(ed25519_verify(a.public_key(), message, signature));
  EXPECT_FALSE(ed25519_verify(b.public_key(), message, signature));
  EXPECT_FALSE(ed25519_verify(a.public_key(), base::as_bytes("massage"), signature));
  for (std::size_t i = 0; i < signature.bytes.size(); ++i) {
    signature.bytes[i] ^= 1;
    EXPECT_FALSE(ed25519_verify(a.public_key(), message, signature)) << i;
    signature.bytes[i] ^= 1;
  }
}

TEST(Ed25519, ASeedGivesTheSameKeyAgain) {
  const auto key = Ed25519SecretKey::generate(base::system_random());
  const auto again = Ed25519SecretKey::from_seed(key.seed());
  EXPECT_EQ(again.public_key(), key.public_key());
  EXPECT_EQ(again.sign({}).bytes, key.sign({}).bytes);
}

TEST(Ed25519, RefusesOtherLengths) {
  EXPECT_FALSE(ed25519_public_key(base::Bytes(31)));
  EXPECT_FALSE(ed25519_public_key(base::Bytes(33)));
  EXPECT_FALSE(ed25519_signature(base::Bytes(63)));
  EXPECT_FALSE(ed25519_signature(base::Bytes(65)));
}

}  // namespace
}  // namespace b3iq::crypto
