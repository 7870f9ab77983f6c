#include "protocol/error_json.h"

#include <gtest/gtest.h>

#include "json/json.h"

namespace b3iq::protocol {
namespace {

using base::Error;
using base::ErrorCode;

TEST(ErrorJson, HasThePublishedShapes) {
  const Error error(ErrorCode::model_not_found, "No model \"x\".\nList them with GET /v1/models.",
                    "model");
  EXPECT_EQ(
      openai_error_body(error, "req_1"),
      R"({"error":{"message":"No model \"x\".\nList them with GET /v1/models.","type":"not_found_error","param":"model",)"
      R"("code":"model_not_found","b3iq":{"status":404,"title":"No such model",)"
      R"("detail":"No model \"x\".\nList them with GET /v1/models.","code":"model_not_found"}}})");
  EXPECT_EQ(
      native_error_body(error, "req_1"),
      R"({"error":{"status":404,"title":"No such model","detail":"No model \"x\".\nList them with GET /v1/models.",)"
      R"("code":"model_not_found","param":"model","instance":"req_1"}})");
}

TEST(ErrorJson, LeavesOutWhatThereIsNot) {
  const Error error(ErrorCode::internal, "");
  const auto openai = json::Document::parse(openai_error_body(error, ""));
  ASSERT_TRUE(openai.ok());
  EXPECT_TRUE(openai->root().find("error").find("param"));
  EXPECT_TRUE(openai->root().find("error").find("param").is_null());
  EXPECT_EQ(openai->root().find("error").find("message").string(), "The node failed");
  const auto native = json::Document::parse(native_error_body(error, ""));
  EXPECT_FALSE(native->root().find("error").find("instance"));
  EXPECT_FALSE(native->root().find("error").find("param"));
}

TEST(ErrorJson, IsValidForHostileText) {
  const Error error(ErrorCode::invalid_request, std::string("\xFF\x00\"\\", 4), "\xED\xA0\x80");
  EXPECT_TRUE(json::Document::parse(openai_error_body(error, "\x01")).ok());
  EXPECT_TRUE(json::Document::parse(native_error_body(error, "\x01")).ok());
}

// PROTOCOL 10: HTTP status -> OpenAI type, for every row of the table.
TEST(ErrorJson, EveryCodeHasTheTypeOfItsStatus) {
  for (std::size_t i = 0;; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    if (code > ErrorCode::corrupt) break;
    const auto& info = base::error_info(code);
    const std::string_view expected = info.http_status >= 500 ? "api_error"
                                      : info.http_status == 401 || info.http_status == 403
                                          ? "authentication_error"
                                      : info.http_status == 402 ? "insufficient_quota"
                                      : info.http_status == 404 ? "not_found_error"
                                      : info.http_status == 409 ? "conflict_error"
                                      : info.http_status == 429 ? "rate_limit_error"
                                                                : "invalid_request_error";
    EXPECT_EQ(info.openai_type, expected) << info.wire_name;
  }
}

}  // namespace
}  // namespace b3iq::protocol
