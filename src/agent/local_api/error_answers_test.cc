#include "agent/local_api/error_answers.h"

#include <gtest/gtest.h>

#include "json/json.h"

namespace b3iq::agent {
namespace {

using base::Error;
using base::ErrorCode;

bool openai_shaped(std::string_view path) {
  http::Request request;
  request.path = path;
  const auto answer = error_for_path(Error(ErrorCode::not_found, "none"), request);
  EXPECT_EQ(answer.status, 404);
  const auto document = json::Document::parse(std::get<std::string>(answer.body));
  const auto error = document->root().find("error");
  const bool openai = error.find("message").is_string();
  // The other shape has none of the first one's members.
  EXPECT_EQ(error.find("type").string().value_or(""), openai ? "not_found_error" : "");
  EXPECT_EQ(error.find("detail").is_string(), !openai);
  EXPECT_EQ(error.find("code").string().value_or(""), "not_found");
  return openai;
}

TEST(ErrorAnswers, WhatOpenAiClientsAskForIsRefusedInTheirShape) {
  for (const auto* path :
       {"/v1", "/v1/", "/v1/unknown", "/v1/chat/completions/x", "/v1/models/x", "/v1/receiptsx"}) {
    EXPECT_TRUE(openai_shaped(path)) << path;
  }
  for (const auto* path : {"/", "/v1x", "/v2/models", "/setup/v1/none", "/v1/receipts",
                           "/v1/receipts/x", "/v1/model-profiles", ""}) {
    EXPECT_FALSE(openai_shaped(path)) << path;
  }
}

std::string body_for(std::string_view path) {
  http::Request request;
  request.path = path;
  request.request_id = "r1";
  return std::get<std::string>(error_for_path(Error(ErrorCode::not_found, "none"), request).body);
}

TEST(ErrorAnswers, WhatAnthropicsClientsAskForIsRefusedInTheirShape) {
  for (const auto* path : {"/v1/messages", "/v1/messages/batches", "/v1/messages/"}) {
    EXPECT_TRUE(body_for(path).starts_with(R"({"type":"error","error":{"type":"not_found_error",)"))
        << path << body_for(path);
  }
  EXPECT_FALSE(body_for("/v1/messagesx").starts_with(R"({"type":"error")"));
}

TEST(ErrorAnswers, WhatOllamasClientsAskForIsRefusedInTheirShape) {
  for (const auto* path : {"/api", "/api/pull", "/api/chat/x"}) {
    EXPECT_TRUE(body_for(path).starts_with(R"({"error":"none","b3iq":{"status":404,)"))
        << path << body_for(path);
  }
  EXPECT_FALSE(body_for("/apis").starts_with(R"({"error":"none")"));
}

std::string header_of(const http::Response& response, std::string_view name) {
  for (const auto& header : response.headers) {
    if (header.name == name) return header.value;
  }
  return "";
}

TEST(ErrorAnswers, AnthropicsClientsReadTheRequestIdFromAHeaderOfTheirs) {
  http::Request request;
  request.request_id = "r1";
  const auto answer = anthropic_error(Error(ErrorCode::not_found, "none"), request);
  EXPECT_EQ(header_of(answer, "request-id"), "r1");
}

TEST(ErrorAnswers, WhenToComeBackIsRoundedUpToSeconds) {
  const auto answer =
      openai_error(Error(ErrorCode::rate_limited, "wait", {}, 1'200), http::Request{});
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(header_of(answer, "Retry-After"), "2");
  EXPECT_EQ(header_of(answer, "retry-after-ms"), "1200");
  EXPECT_EQ(
      header_of(openai_error(Error(ErrorCode::overloaded, "busy"), http::Request{}), "Retry-After"),
      "1");
  EXPECT_EQ(
      header_of(openai_error(Error(ErrorCode::not_found, "none"), http::Request{}), "Retry-After"),
      "");
}

}  // namespace
}  // namespace b3iq::agent
