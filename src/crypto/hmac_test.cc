#include "crypto/hmac.h"

#include <gtest/gtest.h>

namespace b3iq::crypto {
namespace {

base::Bytes hex(std::string_view text) { return base::from_hex(text).value(); }

std::string mac(base::ByteView key, std::string_view text) {
  return base::to_hex(hmac_sha256(key, {base::as_bytes(text)}));
}

TEST(Hmac, FollowsRfc4231) {
  EXPECT_EQ(mac(base::Bytes(20, 0x0b), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(mac(base::as_bytes("Jefe"), "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(mac(base::Bytes(20, 0xaa), std::string(50, '\xdd')),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(mac(base::Bytes(131, 0xaa), "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(mac(base::Bytes(131, 0xaa),
                "This is a test using a larger than block-size key and a larger than block-size "
                "data. The "
                "key needs to be hashed before being used by the HMAC algorithm."),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST(Hmac, TakesTheMessageInParts) {
  const auto key = base::as_bytes("key");
  EXPECT_EQ(hmac_sha256(key, {base::as_bytes("ab"), {}, base::as_bytes("c")}),
            hmac_sha256(key, {base::as_bytes("abc")}));
}

TEST(Hkdf, FollowsRfc5869) {
  const base::Bytes ikm(22, 0x0b);
  const auto prk = hkdf_extract(hex("000102030405060708090a0b0c"), ikm);
  EXPECT_EQ(base::to_hex(prk.reveal()),
            "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  base::Bytes out(42);
  hkdf_expand(prk, hex("f0f1f2f3f4f5f6f7f8f9"), out);
  EXPECT_EQ(base::to_hex(out),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");

  const auto bare = hkdf_extract({}, ikm);
  EXPECT_EQ(base::to_hex(bare.reveal()),
            "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
  hkdf_expand(bare, {}, out);
  EXPECT_EQ(base::to_hex(out),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

// The second case of RFC 5869: more than one block of everything.
TEST(Hkdf, FollowsRfc5869OnLongInputs) {
  const auto counted = [](std::uint8_t first) {
    base::Bytes out(80);
    for (auto& byte : out) byte = first++;
    return out;
  };
  const auto prk = hkdf_extract(counted(0x60), counted(0x00));
  EXPECT_EQ(base::to_hex(prk.reveal()),
            "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244");
  base::Bytes out(82);
  hkdf_expand(prk, counted(0xb0), out);
  EXPECT_EQ(base::to_hex(out),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41"
            "c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
}

TEST(Hkdf, APrefixOfALongerOutputIsTheShorterOne) {
  const auto prk = hkdf_extract(base::as_bytes("salt"), base::as_bytes("key"));
  base::Bytes longest(kHkdfMaxOutput);
  base::Bytes shorter(33);
  hkdf_expand(prk, base::as_bytes("info"), longest);
  hkdf_expand(prk, base::as_bytes("info"), shorter);
  EXPECT_TRUE(std::equal(shorter.begin(), shorter.end(), longest.begin()));
}

}  // namespace
}  // namespace b3iq::crypto
