// The vectors of modules that cannot read JSON themselves: Ed25519, secret tokens, encodings.
#include <gtest/gtest.h>

#include "crypto/ed25519.h"
#include "crypto/secret_token.h"
#include "protocol/vector_file.h"

namespace b3iq::protocol {
namespace {

TEST(Ed25519Vectors, SignAsRfc8032) {
  const auto vectors = read_vectors("ed25519.json");
  for_each_case(vectors.root().find("signs"), 4, [](json::Value vector) {
    const auto key = seed_of(vector);
    const auto message = hex_of(vector, "message");
    EXPECT_EQ(base::to_hex(key.public_key().bytes), text_of(vector, "public_key"));
    EXPECT_EQ(base::to_hex(key.sign(message).bytes), text_of(vector, "signature"));
    EXPECT_TRUE(crypto::ed25519_verify(key.public_key(), message, key.sign(message)));
  });
}

// CASES G4 #48.
TEST(Ed25519Vectors, VerifyByTheStrictRule) {
  const auto vectors = read_vectors("ed25519.json");
  int accepted = 0;
  for_each_case(vectors.root().find("verify"), 80, [&](json::Value vector) {
    const auto key = crypto::ed25519_public_key(hex_of(vector, "public_key"));
    const auto signature = crypto::ed25519_signature(hex_of(vector, "signature"));
    ASSERT_TRUE(key && signature);
    const bool valid = vector.find("valid").boolean().value();
    accepted += valid;
    EXPECT_EQ(crypto::ed25519_verify(*key, hex_of(vector, "message"), *signature), valid);
  });
  EXPECT_EQ(accepted, 4);
}

TEST(SecretTokenVectors, AreAcceptedAndRefused) {
  const auto vectors = read_vectors("secret_tokens.json");
  for_each_case(vectors.root().find("valid"), 10, [](json::Value vector) {
    const auto token = text_of(vector, "token");
    EXPECT_TRUE(crypto::check_secret_token(text_of(vector, "prefix"), token)) << token;
    EXPECT_EQ(base::to_hex(crypto::hash_secret(token)), text_of(vector, "sha256"));
  });
  for_each_case(vectors.root().find("refused"), 14, [](json::Value vector) {
    EXPECT_FALSE(crypto::check_secret_token(text_of(vector, "prefix"), text_of(vector, "token")));
  });
}

TEST(EncodingVectors, AreWrittenAndRead) {
  const auto vectors = read_vectors("encodings.json");
  for_each_case(vectors.root().find("cases"), 10, [](json::Value vector) {
    const auto bytes = hex_of(vector, "bytes");
    EXPECT_EQ(base::to_base64url(bytes), text_of(vector, "base64url"));
    EXPECT_EQ(base::to_base64(bytes), text_of(vector, "base64"));
    EXPECT_EQ(base::to_hex(bytes), text_of(vector, "hex"));
    EXPECT_EQ(base::to_base32(bytes), text_of(vector, "base32"));
    EXPECT_EQ(base::from_base64url(text_of(vector, "base64url")), bytes);
    EXPECT_EQ(base::from_base64(text_of(vector, "base64")), bytes);
    EXPECT_EQ(base::from_hex(text_of(vector, "hex")), bytes);
  });
  const auto all_refused = [&](std::string_view name, auto decode) {
    const auto texts = vectors.root().find("refused").find(name);
    EXPECT_GE(texts.size(), 6u);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      EXPECT_FALSE(decode(texts.at(i).string().value()))
          << name << ": " << texts.at(i).string().value();
    }
  };
  all_refused("base64url", base::from_base64url);
  all_refused("base64", base::from_base64);
  all_refused("hex", base::from_hex);
}

}  // namespace
}  // namespace b3iq::protocol
