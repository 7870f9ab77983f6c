#include "client/sealing/request_body.h"

#include <gtest/gtest.h>

#include "json/json.h"

namespace b3iq::client {
namespace {

TEST(RequestBody, AnOpenAiBodyStaysAsItIs) {
  const std::string text = "{ \"model\":\"m\",  \"messages\":[], \"temperature\": 0.70 }";
  const auto body = body_as_given("\n" + text + "\n", "");
  ASSERT_TRUE(body.ok()) << body.error().detail;
  EXPECT_EQ(body->text.reveal_text(), text);
  EXPECT_EQ(body->model, "m");
  EXPECT_EQ(body_as_given(text, "other")->model, "other") << "the command line's comes first";
}

TEST(RequestBody, WhatIsNoBodyIsRefused) {
  for (std::string_view bad : {"", "[]", "hello", "{", "{\"model\":\"m\"} x"})
    EXPECT_EQ(body_as_given(bad, "m").error().code, base::ErrorCode::invalid_json) << bad;
  EXPECT_EQ(body_as_given("{\"messages\":[]}", "").error().param, "model");
  EXPECT_EQ(body_as_given("{\"model\":7}", "").error().param, "model");
}

TEST(RequestBody, APromptBecomesAMessage) {
  const auto body = body_of_prompt("Say \"ja\"\nand stop.\n", "llama3.1:8b");
  ASSERT_TRUE(body.ok());
  const auto document = json::Document::parse(body->text.reveal_text());
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->root().find("model").string(), "llama3.1:8b");
  const auto message = document->root().find("messages").at(0);
  EXPECT_EQ(message.find("role").string(), "user");
  EXPECT_EQ(message.find("content").string(), "Say \"ja\"\nand stop.");
  EXPECT_EQ(body_of_prompt("x", "").error().param, "model");
  EXPECT_EQ(body_of_prompt("\n", "m").error().param, "prompt");
  EXPECT_EQ(body_of_prompt("\xff", "m").error().param, "prompt");
}

}  // namespace
}  // namespace b3iq::client
