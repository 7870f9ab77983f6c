#include "crypto/sha256.h"

#include <gtest/gtest.h>

namespace b3iq::crypto {
namespace {

// FIPS 180-4 examples.
TEST(Sha256, KnowsTheStandardsExamples) {
  EXPECT_EQ(base::to_hex(sha256("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(base::to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(base::to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(base::to_hex(sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PartsGiveTheSameAsTheWhole) {
  std::string text;
  for (int i = 0; i < 300; ++i) text.push_back(static_cast<char>(i));
  Sha256 hash;
  for (std::size_t split = 0; split <= text.size(); split += 7) {
    hash.update(text.substr(0, split));
    hash.update(std::string_view());
    Sha256 copy = hash;
    hash.update(text.substr(split));
    EXPECT_EQ(hash.finish(), sha256(text)) << split;
    EXPECT_EQ(copy.finish(), sha256(text.substr(0, split))) << split;
  }
}

}  // namespace
}  // namespace b3iq::crypto
