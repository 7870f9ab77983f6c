#include "crypto/x25519.h"

#include <gtest/gtest.h>

namespace b3iq::crypto {
namespace {

// RFC 7748 section 6.1.
TEST(X25519, DerivesThePublishedPublicKeys) {
  const auto public_of = [](std::string_view hex) {
    const base::Bytes bytes = base::from_hex(hex).value();
    const auto key =
        X25519SecretKey::from_bytes(std::span<const std::uint8_t, 32>(bytes.data(), 32));
    EXPECT_EQ(base::to_hex(key.reveal()), hex);
    return base::to_hex(key.public_key().bytes);
  };
  EXPECT_EQ(public_of("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"),
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  EXPECT_EQ(public_of("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"),
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
}

TEST(X25519, GeneratesDifferentKeys) {
  const auto a = X25519SecretKey::generate(base::system_random());
  const auto b = X25519SecretKey::generate(base::system_random());
  EXPECT_FALSE(a.public_key() == b.public_key());
}

}  // namespace
}  // namespace b3iq::crypto
