#include "protocol/messages/managed_error.h"

#include <gtest/gtest.h>

#include "protocol/messages/message_examples.h"

namespace b3iq::protocol {
namespace {

using namespace fixture;  // NOLINT: examples

TEST(ManagedError, WhatIsWrittenIsRead) {
  const base::Error error(base::ErrorCode::clock_skew, "Correct the clock.", "B3IQ-Sequence",
                          2'500);
  const auto body = managed_error_body(error, {kNowMs, -601, 17}, "req_1");
  EXPECT_TRUE(json::Document::parse(body).ok()) << body;
  const auto read = read_managed_error(401, body, "");
  EXPECT_EQ(read.http_status, 401);
  EXPECT_EQ(read.code, base::ErrorCode::clock_skew);
  EXPECT_EQ(read.code_text, "clock_skew");
  EXPECT_EQ(read.detail, "Correct the clock.");
  EXPECT_EQ(read.facts.server_time_ms, kNowMs);
  EXPECT_EQ(read.facts.skew_seconds, -601);
  EXPECT_EQ(read.facts.last_sequence, 17);
  EXPECT_EQ(read.retry_after_ms, 2'500);
  EXPECT_TRUE(read.retriable);
}

TEST(ManagedError, WithoutFactsItIsTheNativeBody) {
  const base::Error error(base::ErrorCode::not_enrolled, "Enroll.");
  const auto body = managed_error_body(error, {}, "");
  EXPECT_EQ(body,
            R"({"error":{"status":403,"title":"The node is not enrolled here","detail":"Enroll.",)"
            R"("code":"not_enrolled"}})");
  EXPECT_FALSE(read_managed_error(403, body, "").retriable);
}

TEST(ManagedError, AStrangersAnswerIsAnErrorWithoutACode) {
  for (std::string_view body : {"", "<html>502</html>", "[]", "{}", R"({"error":7})",
                                R"({"error":{"code":7,"detail":[],"server_time":"now"}})"}) {
    const auto read = read_managed_error(502, body, "");
    EXPECT_FALSE(read.code) << body;
    EXPECT_TRUE(read.code_text.empty());
    EXPECT_TRUE(read.detail.empty());
    EXPECT_FALSE(read.facts.server_time_ms);
    EXPECT_TRUE(read.retriable);
  }
  EXPECT_FALSE(read_managed_error(404, "", "").retriable);
  EXPECT_TRUE(read_managed_error(429, "", "").retriable);
}

TEST(ManagedError, ACodeOfANewerControlPlaneIsKeptAsText) {
  const auto read =
      read_managed_error(409, R"({"error":{"code":"from_the_future","detail":"x","new":1}})", "");
  EXPECT_FALSE(read.code);
  EXPECT_EQ(read.code_text, "from_the_future");
  EXPECT_FALSE(read.retriable);
}

TEST(ManagedError, TheLongerAdviceCountsAndIsBounded) {
  const std::string body =
      R"({"error":{"code":"rate_limited","detail":"x","retry_after_ms":1500}})";
  EXPECT_EQ(read_managed_error(429, body, "").retry_after_ms, 1'500);
  EXPECT_EQ(read_managed_error(429, body, "1").retry_after_ms, 1'500);
  EXPECT_EQ(read_managed_error(429, body, "7").retry_after_ms, 7'000);
  EXPECT_EQ(read_managed_error(429, body, "99999999999").retry_after_ms, kMaxRetryAfterMs);
  EXPECT_EQ(read_managed_error(429, "", "Wed, 21 Oct 2015 07:28:00 GMT").retry_after_ms, 0);
  EXPECT_EQ(read_managed_error(429, "", "-5").retry_after_ms, 0);
  EXPECT_EQ(read_managed_error(429, R"({"error":{"retry_after_ms":9007199254740991}})", "")
                .retry_after_ms,
            kMaxRetryAfterMs);
}

TEST(ManagedError, NothingThatCannotBePrintedIsKept) {
  const auto read =
      read_managed_error(400, R"({"error":{"code":"a\u001b[31m","detail":"\u0007bell"}})", "");
  EXPECT_TRUE(read.code_text.empty());
  EXPECT_TRUE(read.detail.empty());
  const auto longer =
      read_managed_error(400, R"({"error":{"detail":")" + std::string(600, 'x') + "\"}}", "");
  EXPECT_TRUE(longer.detail.empty());
}

}  // namespace
}  // namespace b3iq::protocol
