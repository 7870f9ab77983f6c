#include "crypto/password.h"

#include <gtest/gtest.h>

namespace b3iq::crypto {
namespace {

TEST(Password, IsVerifiedByItsHash) {
  const Secret password("correct horse battery staple");
  auto hash = hash_password(password);
  ASSERT_TRUE(hash.ok());
  EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=65536,t=2,p=1$")) << *hash;
  EXPECT_TRUE(verify_password(*hash, password));
  EXPECT_FALSE(verify_password(*hash, Secret("correct horse battery stapl3")));
  EXPECT_FALSE(password_hash_outdated(*hash));
  auto again = hash_password(password);
  ASSERT_TRUE(again.ok());
  EXPECT_NE(*again, *hash);  // a salt of its own
}

TEST(Password, RefusesBadLengthsAndDamagedHashes) {
  EXPECT_EQ(hash_password(Secret("short")).error().code, base::ErrorCode::invalid_request);
  EXPECT_FALSE(hash_password(Secret(std::string(kMaxPasswordBytes + 1, 'x'))).ok());
  const Secret password("long enough");
  EXPECT_FALSE(verify_password("", password));
  EXPECT_FALSE(verify_password("$argon2id$", password));
  EXPECT_FALSE(verify_password("long enough", password));
  EXPECT_FALSE(verify_password(std::string(10'000, '$'), password));
}

TEST(Password, KnowsAnOutdatedHash) {
  // Made by libsodium for "password1" with 8 KiB and one pass.
  const std::string_view old =
      "$argon2id$v=19$m=8,t=1,p=1$PdvgC4lXx8niM2Sv0ssF/g$7kePB/PMYc8viL3L4qCgaFuW7YW5TeeQJs/"
      "HANoUm6Q";
  EXPECT_TRUE(verify_password(old, Secret("password1")));
  EXPECT_TRUE(password_hash_outdated(old));
}

}  // namespace
}  // namespace b3iq::crypto
