// What the owner reads of an answer, whatever way it came.
#include "agent/request_log/answer_text.h"

#include <gtest/gtest.h>

namespace b3iq::agent {
namespace {

TEST(AnswerText, OfTypedStepsWithToolCalls) {
  inference::StreamStep step;
  step.text = "Looking.";
  step.tool_calls = {{0, "c", "get_weather", "{\"city\":"}};
  std::string out;
  append_answer_text(out, step);
  inference::StreamStep more;
  more.tool_calls = {{0, "", "", "\"Rome\"}"}};
  append_answer_text(out, more);
  EXPECT_EQ(out, "Looking.\n→ get_weather {\"city\":\"Rome\"}");
}

TEST(AnswerText, OfRelayedEventsOfBothCompletions) {
  inference::StreamStep step;
  step.sse =
      "data: {\"choices\":[{\"delta\":{\"content\":\"He\"}}]}\n\n"
      "data: {\"choices\":[{\"text\":\"llo\"}]}\n\n"
      "data: {\"choices\":[]}\n\n: a comment\n\ndata: rubbish\n\n";
  std::string out;
  append_answer_text(out, step);
  EXPECT_EQ(out, "Hello");
}

TEST(AnswerText, OfAWholeRelayedAnswer) {
  inference::ChatAnswer answer;
  answer.body =
      R"({"choices":[{"message":{"content":"Hi","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}]})";
  std::string out;
  append_answer_text(out, answer);
  EXPECT_EQ(out, "Hi\n→ f {}");
}

}  // namespace
}  // namespace b3iq::agent
