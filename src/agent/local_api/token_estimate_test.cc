#include "agent/local_api/token_estimate.h"

#include <gtest/gtest.h>

namespace b3iq::agent {
namespace {

inference::ChatRequest question(std::string_view text) {
  inference::ChatRequest request;
  request.messages.emplace_back();
  request.messages.back().content.push_back({inference::PartKind::text, text});
  return request;
}

TEST(TokenEstimate, WhatTheRuntimeReportedIsCharged) {
  const auto usage = metered_usage(question("hello you"), {5, 7, 2}, {100, 4000, true});
  EXPECT_EQ(usage.prompt_tokens, 5);
  EXPECT_EQ(usage.completion_tokens, 7);
  EXPECT_EQ(usage.cached_prompt_tokens, 2);
}

TEST(TokenEstimate, WithoutAReportEventsOrBytesAreCounted) {
  const auto request = question("hello you");  // 9 bytes and a message
  EXPECT_EQ(metered_usage(request, {}, {.tokens = 12, .text_bytes = 40}).completion_tokens, 12);
  // Many tokens in few events.
  EXPECT_EQ(metered_usage(request, {}, {.tokens = 2, .text_bytes = 401}).completion_tokens, 101);
  EXPECT_EQ(metered_usage(request, {}, {.tokens = 2, .text_bytes = 401}).prompt_tokens, 11);
}

TEST(TokenEstimate, TheEstimateStaysWithinWhatWasReserved) {
  auto request = question("hello you");
  request.max_tokens = 20;
  EXPECT_EQ(metered_usage(request, {}, {.text_bytes = 4000, .whole = true}).completion_tokens, 20);
}

TEST(TokenEstimate, ACutAnswerWithoutAnyTextCostsNothingAndAWholeOneItsPrompt) {
  EXPECT_EQ(metered_usage(question("hello you"), {}, {}).total_tokens(), 0);
  EXPECT_EQ(metered_usage(question("hello you"), {}, {.whole = true}).total_tokens(), 11);
}

}  // namespace
}  // namespace b3iq::agent
