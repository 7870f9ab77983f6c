#include "crypto/secret_token.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace b3iq::crypto {
namespace {

// Gives the bytes 0, 1, 2, ... so that the mapping to characters can be followed.
class CountingRandom final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 240;
};

TEST(SecretToken, HasItsFormAndIsAccepted) {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const Secret token = make_secret_token(kLocalKeyPrefix, base::system_random());
    EXPECT_EQ(token.size(), kLocalKeyPrefix.size() + 49);
    EXPECT_TRUE(check_secret_token(kLocalKeyPrefix, token.reveal_text()));
    EXPECT_FALSE(check_secret_token(kAdminTokenPrefix, token.reveal_text()));
    EXPECT_TRUE(seen.insert(std::string(token.reveal_text())).second);
  }
}

TEST(SecretToken, RefusesEverySingleCharacterChange) {
  const Secret token = make_secret_token(kSetupTokenPrefix, base::system_random());
  const std::string text(token.reveal_text());
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(check_secret_token(kSetupTokenPrefix, changed)) << i;
  }
}

TEST(SecretToken, ThrowsBiasedBytesAway) {
  CountingRandom random;
  const Secret token = make_secret_token("p_", random);
  // 240..247 give u.. (240 % 62 = 54), 248..255 are thrown away, then 0, 1, 2, ...
  EXPECT_EQ(token.reveal_text().substr(2, 12), "stuvwxyz0123");
}

TEST(SecretToken, UsesTheWholeAlphabetEvenly) {
  std::map<char, int> counts;
  for (int i = 0; i < 1000; ++i) {
    const Secret token = make_secret_token("", base::system_random());
    for (char c : token.reveal_text().substr(0, kSecretTokenRandomChars)) ++counts[c];
  }
  EXPECT_EQ(counts.size(), 62u);
  for (const auto& [c, n] : counts) {
    EXPECT_GT(n, 500) << c;  // 693 expected
    EXPECT_LT(n, 900) << c;
  }
}

}  // namespace
}  // namespace b3iq::crypto
