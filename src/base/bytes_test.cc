#include "base/bytes.h"

#include <gtest/gtest.h>

#include "base/base64.h"

namespace b3iq::base {
namespace {

TEST(Bytes, Base64UrlMatchesRfc4648AndRoundTrips) {
  const std::pair<std::string, std::string> cases[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff", "-_8"},
  };
  for (const auto& [plain, coded] : cases) {
    EXPECT_EQ(to_base64url(as_bytes(plain)), coded);
    const auto back = from_base64url(coded);
    ASSERT_TRUE(back) << coded;
    EXPECT_EQ(as_text(*back), plain);
  }
}

TEST(Bytes, Base64UrlRefusesEverySecondSpelling) {
  for (const char* bad :
       {"Zg==", "Zh", "Zm9", "A", "Zm9v\n", " Zm9v", "Zm+v", "Zm/v", "Zm9vYg=", "Zm9\0"}) {
    EXPECT_FALSE(from_base64url(bad)) << bad;
  }
}

TEST(Bytes, Base64MatchesRfc4648AndRefusesOtherSpellings) {
  EXPECT_EQ(to_base64(as_bytes("foob")), "Zm9vYg==");
  EXPECT_EQ(to_base64(as_bytes("fooba")), "Zm9vYmE=");
  EXPECT_EQ(as_text(*from_base64("Zm9vYmE=")), "fooba");
  EXPECT_TRUE(from_base64("")->empty());
  for (const char* bad :
       {"Zm9vYg", "Zm9vYg=", "Zh==", "====", "Zg=a", "Z===", "Zm9vYmE=\n", "Zm-v"}) {
    EXPECT_FALSE(from_base64(bad)) << bad;
  }
}

TEST(Base64, OfAKnownLengthIsTheSameAndOfAnotherLengthRefused) {
  std::array<std::uint8_t, 4> four{};
  ASSERT_TRUE(read_base64("Zm9vYg==", four));
  EXPECT_EQ(as_text(four), "foob");
  EXPECT_TRUE(read_base64url("Zm9vYg", four));
  const auto text = base64url_of(four);
  EXPECT_EQ(std::string_view(text.data(), text.size()), "Zm9vYg");
  for (const char* bad : {"", "Zm9v", "Zm9vYmE", "Zm9vYg=", "Zm9vYg==", "Zm9vYh", "Zm9v g"})
    EXPECT_FALSE(read_base64url(bad, four)) << bad;
  for (const char* bad : {"", "Zm9v", "Zm9vYmE=", "Zm9vYg", "Zm9vYg=", "Zm9vYh==", "Zm9v===="})
    EXPECT_FALSE(read_base64(bad, four)) << bad;
}

TEST(Bytes, HexIsLowerCaseOnly) {
  const Bytes bytes{0x00, 0x7f, 0xff};
  EXPECT_EQ(to_hex(bytes), "007fff");
  EXPECT_EQ(*from_hex("007fff"), bytes);
  for (const char* bad : {"0", "0g", "FF", "0x00", " 00"}) EXPECT_FALSE(from_hex(bad)) << bad;
}

TEST(Bytes, Base32MatchesRfc4648WithoutPadding) {
  EXPECT_EQ(to_base32(as_bytes("")), "");
  EXPECT_EQ(to_base32(as_bytes("f")), "my");
  EXPECT_EQ(to_base32(as_bytes("foobar")), "mzxw6ytboi");
}

TEST(Bytes, EveryLengthRoundTrips) {
  Bytes bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(*from_base64url(to_base64url(bytes)), bytes);
    EXPECT_EQ(*from_base64(to_base64(bytes)), bytes);
    EXPECT_EQ(*from_hex(to_hex(bytes)), bytes);
    bytes.push_back(static_cast<std::uint8_t>(i * 151 + 7));
  }
}

TEST(Bytes, EqualConstantTime) {
  EXPECT_TRUE(equal_constant_time(as_bytes("abc"), as_bytes("abc")));
  EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("abd")));
  EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("ab")));
  EXPECT_TRUE(equal_constant_time({}, {}));
}

TEST(Bytes, ValidUtf8KnowsTheHardCases) {
  for (const char* good : {"", "plain", "caf\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                           "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(valid_utf8(good)) << to_hex(as_bytes(good));
  }
  for (const char* bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe2\x82",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xe2\x28\xa1"}) {
    EXPECT_FALSE(valid_utf8(bad)) << to_hex(as_bytes(bad));
  }
}

}  // namespace
}  // namespace b3iq::base
