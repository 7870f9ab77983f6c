#include "client/jobs/streamed_content.h"

#include <gtest/gtest.h>

namespace b3iq::client {
namespace {

std::string event(std::string_view delta, std::string_view finish = "null") {
  return R"(data: {"choices":[{"index":0,"delta":{)" + std::string(delta) +
         R"(},"finish_reason":)" + std::string(finish) + "}]}\n\n";
}
std::string answer(std::string_view message, std::string_view finish = "stop") {
  return R"({"id":"c","object":"chat.completion","choices":[{"index":0,"message":{)" +
         std::string(message) + R"(},"finish_reason":")" + std::string(finish) +
         R"("}],"usage":{"total_tokens":5}})";
}

struct Judged {
  bool all = false;
  std::string rest;  // "-" where it is another
};
Judged judge(const std::vector<std::string>& pieces, const std::string& text) {
  StreamedContent content;
  for (const auto& piece : pieces) EXPECT_TRUE(content.add(piece).ok());
  const auto document = json::Document::parse(text);
  EXPECT_TRUE(document.ok()) << text;
  const auto rest = content.rest_of(document->root());
  if (!rest.ok()) return {content.is_all_of(document->root()), "-"};
  const auto read = json::Document::parse(*rest);
  EXPECT_TRUE(read.ok()) << *rest;
  const auto message = read->root().find("choices").at(0).find("message");
  return {content.is_all_of(document->root()),
          std::string(message.find("content").string().value_or(""))};
}

TEST(StreamedContent, IsHeldAgainstTheAnswer) {
  const auto whole = answer(R"("role":"assistant","content":"Die Aare.")");
  const auto begin = event(R"("role":"assistant","content":"Die ")");
  const auto end = event(R"("content":"Aare.")") + event("", R"("stop")") + "data: [DONE]\n\n";
  EXPECT_TRUE(judge({begin, end}, whole).all);
  EXPECT_TRUE(judge({begin.substr(0, 20), begin.substr(20) + end}, whole).all) << "cut anywhere";
  EXPECT_FALSE(judge({begin}, whole).all);
  EXPECT_FALSE(judge({end}, whole).all);
  EXPECT_FALSE(judge({begin, end}, answer(R"("content":"Die Aare.")", "length")).all);
  EXPECT_FALSE(judge({begin, end}, R"({"choices":[]})").all);
  EXPECT_FALSE(judge({begin, end}, R"({})").all);
}

TEST(StreamedContent, TheRestIsWhatTheAnswerSaysBeyondIt) {
  const auto whole = answer(R"("role":"assistant","content":"Die Aare.")");
  EXPECT_EQ(judge({}, whole).rest, "Die Aare.");
  EXPECT_EQ(judge({event(R"("content":"Die ")")}, whole).rest, "Aare.");
  EXPECT_EQ(judge({event(R"("content":"Die Aare.")")}, whole).rest, "");
  EXPECT_EQ(judge({event(R"("content":"Der ")")}, whole).rest, "-");
  EXPECT_EQ(judge({event(R"("content":"Die Aare. Und")")}, whole).rest, "-");
  EXPECT_EQ(judge({event("", R"("stop")")}, whole).rest, "-") << "it had ended";
}

TEST(StreamedContent, CallsOfToolsAndReasoningCount) {
  const auto call = R"("content":null,"reasoning_content":"hm",)"
                    R"("tool_calls":[{"id":"t1","type":"function","function":{"name":"f",)"
                    R"("arguments":"{\"a\":1}"}}])";
  const auto whole = answer(call, "tool_calls");
  const auto thinking = event(R"("reasoning_content":"hm")");
  const auto first =
      event(R"("tool_calls":[{"index":0,"id":"t1","function":{"name":"f","arguments":"{\"a\""}}])");
  const auto second = event(R"("tool_calls":[{"index":0,"function":{"arguments":":1}"}}])");
  const auto end = event("", R"("tool_calls")");
  EXPECT_TRUE(judge({thinking, first, second, end}, whole).all);
  EXPECT_FALSE(judge({first, second, end}, whole).all);
  EXPECT_FALSE(judge({thinking, first, end}, whole).all);
  EXPECT_EQ(judge({thinking, first}, whole).rest, "-") << "half a call cannot be gone on with";
  EXPECT_EQ(judge({thinking}, whole).rest, "");
}

TEST(StreamedContent, WhatAreNoEventsIsRefused) {
  StreamedContent content;
  EXPECT_FALSE(content.add("data: {\n\n").ok());
}

}  // namespace
}  // namespace b3iq::client
