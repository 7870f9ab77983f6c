#include "agent/downloads/answer_fields.h"

#include <gtest/gtest.h>

namespace b3iq::agent {
namespace {

TEST(ContentRange, TakesThePartsAndTheRefusal) {
  const auto part = parse_content_range("bytes 5-9/10");
  ASSERT_TRUE(part);
  EXPECT_TRUE(part->has_part);
  EXPECT_EQ(part->first, 5);
  EXPECT_EQ(part->last, 9);
  EXPECT_EQ(part->total, 10);
  const auto unknown = parse_content_range("bytes 0-0/*");
  ASSERT_TRUE(unknown);
  EXPECT_FALSE(unknown->total);
  const auto none = parse_content_range("bytes */10");
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->has_part);
  EXPECT_EQ(none->total, 10);
}

TEST(ContentRange, RefusesEverythingElse) {
  for (const char* text : {"",
                           "bytes",
                           "bytes ",
                           "bytes 5-9",
                           "bytes 5/10",
                           "bytes 9-5/10",
                           "bytes 5-10/10",
                           "bytes -5/10",
                           "bytes 5-/10",
                           "bytes +5-9/10",
                           "bytes 5--9/10",
                           "bytes 5-9/-10",
                           "bytes */*",
                           "bytes 5-9/1e3",
                           "bytes 5-9/ 10",
                           "bytes 5-9/10 ",
                           "Bytes 5-9/10",
                           "bytes=5-9/10",
                           "bytes 0-9999999999999999999/*",
                           "bytes 0x1-9/10",
                           "items 5-9/10"}) {
    EXPECT_FALSE(parse_content_range(text)) << text;
  }
}

TEST(StrongValidator, PrefersAStrongTagAndTakesOldDates) {
  constexpr const char* kOld = "Sat, 21 Nov 2026 06:30:00 GMT";
  constexpr const char* kNow = "Sun, 22 Nov 2026 06:30:00 GMT";
  EXPECT_EQ(strong_validator("\"a\"", kOld, kNow), "\"a\"");
  EXPECT_EQ(strong_validator("W/\"a\"", kOld, kNow), kOld);
  EXPECT_EQ(strong_validator({}, kOld, kNow), kOld);
  EXPECT_FALSE(strong_validator({}, kNow, kNow)) << "it may change again within the second";
  EXPECT_FALSE(strong_validator({}, kOld, {}));
  EXPECT_FALSE(strong_validator("W/\"a\"", {}, kNow));
  EXPECT_FALSE(strong_validator("a", "yesterday", kNow));
  EXPECT_FALSE(is_strong_etag("\"a\"b\""));
  EXPECT_FALSE(is_strong_etag("\"a b\""));
  EXPECT_FALSE(is_strong_etag("\"" + std::string(kMaxValidatorBytes, 'a') + "\""));
  EXPECT_TRUE(is_strong_etag("\"\""));
}

TEST(HttpDate, IsReadStrictly) {
  EXPECT_EQ(parse_http_date("Thu, 01 Jan 1970 00:00:01 GMT"), 1'000);
  EXPECT_EQ(parse_http_date("Sun, 22 Nov 2026 06:30:00 GMT"), 1'795'329'000'000);
  for (const char* text : {"", "Sun, 22 Nov 2026 06:30:00 UTC", "Sun, 31 Feb 2026 06:30:00 GMT",
                           "Sun, 22 Nov 2026 24:30:00 GMT", "Sun, 22 nov 2026 06:30:00 GMT",
                           "Sun, 2 Nov 2026 06:30:000 GMT", "Sunday, 22-Nov-26 06:30:00 GMT"}) {
    EXPECT_FALSE(parse_http_date(text)) << text;
  }
}

TEST(RetryAfter, IsSecondsOrADateWithinABound) {
  constexpr std::int64_t kLimit = 600'000;
  EXPECT_EQ(parse_retry_after("7", 0, kLimit), 7'000);
  EXPECT_EQ(parse_retry_after("0", 0, kLimit), 0);
  EXPECT_EQ(parse_retry_after("86400", 0, kLimit), kLimit);
  EXPECT_EQ(parse_retry_after("999999999999999999", 0, kLimit), kLimit);
  const std::int64_t now = 1'795'329'000'000;
  EXPECT_EQ(parse_retry_after("Sun, 22 Nov 2026 06:30:09 GMT", now, kLimit), 9'000);
  EXPECT_EQ(parse_retry_after("Sat, 21 Nov 2026 06:30:09 GMT", now, kLimit), 0);
  EXPECT_FALSE(parse_retry_after("soon", now, kLimit));
  EXPECT_FALSE(parse_retry_after("-1", now, kLimit));
}

}  // namespace
}  // namespace b3iq::agent
