#include "crypto/x25519_agreement.h"

#include <gtest/gtest.h>

namespace b3iq::crypto {
namespace {

std::span<const std::uint8_t, 32> fixed(const base::Bytes& bytes) {
  EXPECT_EQ(bytes.size(), 32u);
  return std::span<const std::uint8_t, 32>(bytes.data(), 32);
}
X25519SecretKey secret(std::string_view hex) {
  return X25519SecretKey::from_bytes(fixed(base::from_hex(hex).value()));
}
X25519PublicKey key(std::string_view hex) {
  X25519PublicKey out;
  const base::Bytes bytes = base::from_hex(hex).value();
  EXPECT_EQ(bytes.size(), 32u);
  std::copy_n(bytes.begin(), 32, out.bytes.begin());
  return out;
}
std::string agreed(const X25519SecretKey& ours, const X25519PublicKey& theirs) {
  const auto shared = x25519_agree(ours, theirs);
  return shared ? base::to_hex(shared->reveal()) : "refused";
}

// RFC 7748 section 5.2.
TEST(X25519Agreement, MultipliesAsPublished) {
  EXPECT_EQ(agreed(secret("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
                   key("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")),
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
  // The second vector's u has the 256th bit set: not canonical, so it is refused; without the bit
  // it is the same point.
  const auto scalar = secret("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d");
  EXPECT_EQ(agreed(scalar, key("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493")),
            "refused");
  EXPECT_EQ(agreed(scalar, key("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a413")),
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

TEST(X25519Agreement, FollowsThePublishedChain) {
  std::string k = "0900000000000000000000000000000000000000000000000000000000000000";
  std::string u = k;
  for (int i = 0; i < 1000; ++i) {
    std::string next = agreed(secret(k), key(u));
    u = std::exchange(k, std::move(next));
    if (i == 0) {
      EXPECT_EQ(k, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    }
  }
  EXPECT_EQ(k, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

// RFC 7748 section 6.1.
TEST(X25519Agreement, BothSidesAgree) {
  const auto a = secret("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const auto b = secret("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  EXPECT_EQ(agreed(a, b.public_key()),
            "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
  EXPECT_EQ(agreed(b, a.public_key()), agreed(a, b.public_key()));
}

TEST(X25519Agreement, G5_59_RefusesLowOrder) {
  const auto ours = X25519SecretKey::generate(base::system_random());
  for (const std::string_view hex :
       {"0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    EXPECT_FALSE(x25519_usable(key(hex))) << hex;
    EXPECT_EQ(agreed(ours, key(hex)), "refused") << hex;
    // The same point with the 256th bit, which RFC 7748 tells implementations to ignore.
    auto other = key(hex);
    other.bytes[31] |= 0x80;
    EXPECT_FALSE(x25519_usable(other)) << hex;
    EXPECT_EQ(agreed(ours, other), "refused") << hex;
  }
}

TEST(X25519Agreement, G5_59_RefusesAnotherSpelling) {
  auto at_p = key("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
  // p to 2^255-1: each is also a smaller number.
  for (int low = 0xed; low <= 0xff; ++low) {
    at_p.bytes[0] = static_cast<std::uint8_t>(low);
    EXPECT_FALSE(x25519_usable(at_p)) << low;
  }
  // p-2 and others near it are one spelling of a point and no other's.
  for (int low : {0xeb, 0xea, 0x02}) {
    at_p.bytes[0] = static_cast<std::uint8_t>(low);
    EXPECT_TRUE(x25519_usable(at_p)) << low;
  }
  at_p.bytes[0] = 0xff;
  at_p.bytes[17] = 0xfe;
  EXPECT_TRUE(x25519_usable(at_p));
  for (int i = 0; i < 100; ++i) {
    auto good = X25519SecretKey::generate(base::system_random()).public_key();
    EXPECT_TRUE(x25519_usable(good));
    good.bytes[31] |= 0x80;
    EXPECT_FALSE(x25519_usable(good));
  }
}

}  // namespace
}  // namespace b3iq::crypto
