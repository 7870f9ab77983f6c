#include "crypto/sealed_box.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace b3iq::crypto {
namespace {

TEST(SealedBox, OnlyTheHolderOfTheKeyOpensIt) {
  const auto key = X25519SecretKey::generate(base::system_random());
  const auto other = X25519SecretKey::generate(base::system_random());
  const auto sealed = seal_box(base::as_bytes("a secret"), key.public_key());
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->size(), 8 + kSealedBoxExtraBytes);
  const auto opened = open_sealed_box(*sealed, key);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->reveal_text(), "a secret");
  EXPECT_FALSE(open_sealed_box(*sealed, other));
  EXPECT_NE(*seal_box(base::as_bytes("a secret"), key.public_key()), *sealed);
}

TEST(SealedBox, AnyChangedByteIsRefused) {
  const auto key = X25519SecretKey::generate(base::system_random());
  auto sealed = seal_box(base::as_bytes("x"), key.public_key()).value();
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    sealed[i] ^= 1;
    EXPECT_FALSE(open_sealed_box(sealed, key)) << i;
    sealed[i] ^= 1;
  }
  EXPECT_TRUE(open_sealed_box(sealed, key));
  sealed.pop_back();
  EXPECT_FALSE(open_sealed_box(sealed, key));
  EXPECT_FALSE(open_sealed_box({}, key));
}

TEST(SealedBox, NothingIsSealedToALowOrderKey) {
  EXPECT_FALSE(seal_box(base::as_bytes("x"), X25519PublicKey{}));
}

}  // namespace
}  // namespace b3iq::crypto
