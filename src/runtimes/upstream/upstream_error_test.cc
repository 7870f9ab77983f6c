#include "runtimes/upstream/upstream_error.h"

#include <gtest/gtest.h>

#include <string>

namespace b3iq::runtimes {
namespace {

using base::Error;
using base::ErrorCode;

Error mapped(int status, std::string_view body = "", std::optional<std::string_view> retry = {}) {
  return upstream_error({.status = status, .body = body, .retry_after = retry});
}

TEST(UpstreamError, each_status_has_its_code) {
  EXPECT_EQ(mapped(400).code, ErrorCode::invalid_request);
  EXPECT_EQ(mapped(422).code, ErrorCode::invalid_request);
  EXPECT_EQ(mapped(401).code, ErrorCode::upstream_failed);
  EXPECT_EQ(mapped(403).code, ErrorCode::upstream_failed);
  EXPECT_EQ(mapped(413).code, ErrorCode::payload_too_large);
  EXPECT_EQ(mapped(429).code, ErrorCode::overloaded);
  EXPECT_EQ(mapped(500).code, ErrorCode::upstream_failed);
  EXPECT_EQ(mapped(501).code, ErrorCode::unimplemented);
  EXPECT_EQ(mapped(503).code, ErrorCode::upstream_failed);
  EXPECT_EQ(mapped(301).code, ErrorCode::upstream_failed);
  EXPECT_EQ(mapped(204).code, ErrorCode::upstream_failed);
}

TEST(UpstreamError, the_upstreams_message_and_param_come_through) {
  const Error error = mapped(400, R"({"error":{"message":"bad top_p","param":"top_p"}})");
  EXPECT_NE(error.detail.find("bad top_p"), std::string::npos);
  EXPECT_EQ(error.param, "top_p");
}

TEST(UpstreamError, a_context_that_is_too_long_says_so) {
  EXPECT_EQ(mapped(400, R"({"error":{"message":"m","code":"context_length_exceeded"}})").code,
            ErrorCode::context_length_exceeded);
  EXPECT_EQ(
      mapped(400, R"({"error":{"message":"m","code":400,"type":"exceed_context_size_error"}})")
          .code,
      ErrorCode::context_length_exceeded);
}

TEST(UpstreamError, not_found_is_the_model_only_when_the_dialect_says_so) {
  EXPECT_EQ(mapped(404, R"({"error":{"message":"no model x"}})").code, ErrorCode::model_not_found);
  EXPECT_EQ(mapped(404, "<html>").code, ErrorCode::upstream_failed);
}

TEST(UpstreamError, retry_after_is_kept_and_bounded) {
  EXPECT_EQ(mapped(429, "", "7").retry_after_ms, 7'000);
  EXPECT_EQ(mapped(429, "", "99999999").retry_after_ms, 3'600'000);
  EXPECT_EQ(mapped(429, "", "99999999999999999999").retry_after_ms, 1'000);
  EXPECT_EQ(mapped(429, "", "-4").retry_after_ms, 1'000);
  EXPECT_EQ(mapped(429, "", "Wed, 21 Oct 2026 07:28:00 GMT").retry_after_ms, 1'000);
  EXPECT_EQ(mapped(429).retry_after_ms, 1'000);
}

TEST(UpstreamError, a_loading_model_is_told_apart) {
  EXPECT_EQ(mapped(503, R"({"error":{"message":"Loading model","code":503}})").code,
            ErrorCode::model_loading);
}

TEST(UpstreamError, messages_are_bounded) {
  const std::string body = R"({"error":{"message":")" + std::string(50'000, 'x') + R"("}})";
  EXPECT_LT(mapped(400, body).detail.size(), 600U);
}

}  // namespace
}  // namespace b3iq::runtimes
