#include "dialects/ollama_answer.h"

#include <gtest/gtest.h>

#include "dialects/ollama.h"

namespace b3iq::dialects {
namespace {

constexpr std::string_view kB3iq = R"({"receipt_hash":"0x1"})";
constexpr Usage kUsage{.prompt_tokens = 10, .completion_tokens = 5};
const std::string kHead = R"({"model":"m","created_at":"2023-11-14T22:13:20.000Z",)";
const std::string kCounts = R"("prompt_eval_count":10,"eval_count":5)";

OllamaWriter writer(OllamaRoute route, bool with_reasoning = true, AnswerTiming timing = {},
                    bool stream = true) {
  ChatRequest request;
  request.wants_reasoning = with_reasoning;
  request.stream = stream;
  return OllamaWriter(route, {"01X", 1'700'000'000, "m", timing}, request);
}

StreamStep step_of(std::string_view text, std::string_view reasoning = "") {
  StreamStep step;
  step.text = text;
  step.reasoning = reasoning;
  return step;
}

TEST(OllamaAnswer, AWholeChat) {
  ChatAnswer answer;
  answer.text = "Hi \"you\"";
  answer.reasoning = "hm";
  answer.tool_calls = {{"c1", "f", R"({"a": 1})"}, {"", "g", "{"}};
  answer.usage = kUsage;
  const std::string calls =
      R"("tool_calls":[{"id":"c1","function":{"index":0,"name":"f","arguments":{"a":1}}},)"
      R"({"function":{"index":1,"name":"g","arguments":{"unparsed_arguments":"{"}}}])";
  const std::string said = R"("message":{"role":"assistant","content":"Hi \"you\"",)";
  const std::string end = R"(},"done":true,"done_reason":"stop",)" + kCounts;
  EXPECT_EQ(
      writer(OllamaRoute::chat).whole(answer, kB3iq),
      kHead + said + R"("thinking":"hm",)" + calls + end + ",\"b3iq\":" + std::string(kB3iq) + "}");
  EXPECT_EQ(writer(OllamaRoute::chat, false).whole(answer, ""), kHead + said + calls + end + "}");
}

TEST(OllamaAnswer, AWholeGenerate) {
  ChatAnswer answer;
  answer.text = "Hi";
  answer.reasoning = "hm";
  answer.usage = kUsage;
  answer.finish = Finish::length;
  EXPECT_EQ(writer(OllamaRoute::generate).whole(answer, ""),
            kHead + R"("response":"Hi","thinking":"hm","done":true,"done_reason":"length",)" +
                kCounts + "}");
}

TEST(OllamaAnswer, AStreamIsALineForEachStep) {
  auto w = writer(OllamaRoute::chat);
  EXPECT_EQ(w.stream_content_type(), "application/x-ndjson");
  std::string out;
  w.append_opening(out);
  w.append_step(out, step_of(""));
  EXPECT_EQ(out, "");
  w.append_step(out, step_of("", "hm"));
  w.append_step(out, step_of("a\n"));
  EXPECT_EQ(out,
            kHead + R"("message":{"role":"assistant","content":"","thinking":"hm"},"done":false})" +
                "\n" + kHead + R"("message":{"role":"assistant","content":"a\n"},"done":false})" +
                "\n");
  const std::string last = kHead + R"("message":{"role":"assistant","content":""},"done":true,)" +
                           R"("done_reason":"stop",)" + kCounts;
  std::string first;
  w.append_end(first, Finish::stop, kUsage, "");
  EXPECT_EQ(first, last + "}\n");
  std::string second;
  w.append_end(second, Finish::stop, kUsage, kB3iq);
  EXPECT_EQ(second, last + ",\"b3iq\":" + std::string(kB3iq) + "}\n");
}

TEST(OllamaAnswer, ReasoningIsLeftOutWhereItIsNotWanted) {
  auto w = writer(OllamaRoute::generate, false);
  std::string out;
  w.append_step(out, step_of("", "hm"));
  EXPECT_EQ(out, "");
  w.append_step(out, step_of("a", "hm"));
  EXPECT_EQ(out, kHead + R"("response":"a","done":false})" + "\n");
}

TEST(OllamaAnswer, ToolCallsAreToldWhole) {
  auto w = writer(OllamaRoute::chat);
  std::string out;
  StreamStep step;
  step.tool_calls = {{0, "c1", "f", "{\"a\""}};
  w.append_step(out, step);
  step.tool_calls = {{0, "", "", ":1}"}};
  w.append_step(out, step);
  EXPECT_EQ(out, "");
  w.append_end(out, Finish::tool_calls, kUsage, "");
  EXPECT_EQ(
      out,
      kHead + R"("message":{"role":"assistant","content":"","tool_calls":[{"id":"c1","function":)" +
          R"({"index":0,"name":"f","arguments":{"a":1}}}]},"done":false})" + "\n" + kHead +
          R"("message":{"role":"assistant","content":""},"done":true,"done_reason":"stop",)" +
          kCounts + "}\n");
}

// The last line is written twice, for the receipt's hash and for the caller: at whatever time.
TEST(OllamaAnswer, DurationsAreThoseOfTheStepsAndStayTheSame) {
  base::FakeClock clock;
  const auto started = clock.steady_ns();
  clock.advance_ms(30);
  auto w = writer(OllamaRoute::chat, true, {&clock, started, 0});
  clock.advance_ms(50);
  std::string out;
  w.append_step(out, step_of("a"));
  std::string first;
  w.append_end(first, Finish::stop, kUsage, "");
  EXPECT_NE(
      first.find(
          R"("total_duration":80000000,"prompt_eval_duration":30000000,"eval_duration":50000000,)"),
      std::string::npos)
      << first;
  clock.advance_ms(5);
  std::string second;
  w.append_end(second, Finish::stop, kUsage, "");
  EXPECT_EQ(first, second);
}

TEST(OllamaAnswer, AWholeAnswerTellsTheFirstTokenOnlyWhereItWasSeen) {
  base::FakeClock clock;
  const auto started = clock.steady_ns();
  clock.advance_ms(30);
  const auto unseen = writer(OllamaRoute::chat, true, {&clock, started, 0}, false).whole({}, "");
  EXPECT_NE(unseen.find(R"("total_duration":30000000,"prompt_eval_count")"), std::string::npos);
  const auto seen =
      writer(OllamaRoute::chat, true, {&clock, started, started + 10'000'000}, false).whole({}, "");
  EXPECT_NE(seen.find(R"("prompt_eval_duration":10000000,"eval_duration":20000000,)"),
            std::string::npos);
}

TEST(OllamaAnswer, AnErrorEndsAStreamInItsOwnShape) {
  std::string out;
  writer(OllamaRoute::chat)
      .append_error(out, base::Error(base::ErrorCode::upstream_failed, "It broke."), "r1");
  EXPECT_EQ(out, R"({"error":"It broke.","b3iq":{"status":502,"title":"The runtime failed",)"
                 R"("detail":"It broke.","code":"runtime_failed"}})"
                 "\n");
}

}  // namespace
}  // namespace b3iq::dialects
