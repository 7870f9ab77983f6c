#include "client/jobs/streamed_content.h"

#include <gtest/gtest.h>

#include <vector>

#include "client/jobs/answer_events.h"

namespace b3iq::client {
namespace {

using base::ErrorCode;
using Piece = StreamedContent::Piece;

constexpr std::string_view kHead =
    R"("id":"c","object":"chat.completion.chunk","created":7,"model":"m")";

std::string choice_event(std::string_view choice, std::string_view more = "") {
  return "data: {" + std::string(kHead) + R"(,"choices":[{)" + std::string(choice) + "}]" +
         std::string(more) + "}\n\n";
}
std::string event(std::string_view delta, std::string_view finish = "null",
                  std::string_view more = "") {
  return choice_event(
      R"("index":0,"delta":{)" + std::string(delta) + R"(},"finish_reason":)" + std::string(finish),
      more);
}
const std::string kStop = event("", R"("stop")") + "data: [DONE]\n\n";

std::string answer(std::string_view message, std::string_view finish = "stop",
                   std::string_view logprobs = "null") {
  return R"({"id":"c","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,)"
         R"("message":{)" +
         std::string(message) + R"(},"logprobs":)" + std::string(logprobs) +
         R"(,"finish_reason":")" + std::string(finish) + R"("}],"usage":{"total_tokens":5}})";
}

// The code of what it ends with, ErrorCode::internal for nothing.
ErrorCode refused(std::string_view events, Piece place) {
  StreamedContent content;
  crypto::SecretText out;
  const auto added = content.add(events, place, out);
  return added.ok() ? ErrorCode::internal : added.error().code;
}

struct Judged {
  bool all = false;
  std::string rest;  // "-" where it is another
};
// What ends a stream stands in the last piece.
Judged judge(const std::vector<std::string>& pieces, const std::string& text) {
  StreamedContent content;
  crypto::SecretText out;
  for (const auto& piece : pieces) {
    const bool is_last = piece.find("finish_reason\":\"") != std::string::npos;
    const auto added = content.add(piece, is_last ? Piece::last : Piece::more, out);
    EXPECT_TRUE(added.ok()) << added.error().detail;
  }
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

// What a client of OpenAI's puts together.
struct Read {
  struct Tool {
    std::string id, name, arguments;
    bool operator==(const Tool&) const = default;
  };
  std::string text, reasoning, finish;
  std::map<std::int64_t, Tool> tools;
  std::vector<std::string> logprobs;
  bool done = false;
  bool operator==(const Read&) const = default;
};
Read read_as_client(std::string_view events) {
  Read out;
  http::SseReader reader;
  EXPECT_TRUE(reader.feed(events).ok());
  const auto append = [](std::string& text, json::Value value) {
    text += value.string().value_or("");
  };
  for (http::SseReader::Event one; reader.next(one);) {
    out.done = one.data == "[DONE]";
    if (out.done) continue;
    const auto document = json::Document::parse(one.data);
    EXPECT_TRUE(document.ok()) << one.data;
    if (!document.ok()) continue;
    const auto choice = document->root().find("choices").at(0);
    const auto delta = choice.find("delta");
    append(out.text, delta.find("content"));
    append(out.reasoning, delta.find("reasoning_content"));
    append(out.finish, choice.find("finish_reason"));
    const auto calls = delta.find("tool_calls");
    for (std::size_t i = 0; i < calls.size(); ++i) {
      auto& tool = out.tools[calls.at(i).find("index").integer().value_or(-1)];
      append(tool.id, calls.at(i).find("id"));
      append(tool.name, calls.at(i).find("function").find("name"));
      append(tool.arguments, calls.at(i).find("function").find("arguments"));
    }
    const auto entries = choice.find("logprobs").find("content");
    for (std::size_t i = 0; i < entries.size(); ++i)
      out.logprobs.push_back(entries.at(i).to_text());
  }
  return out;
}

TEST(StreamedContent, IsHeldAgainstTheAnswer) {
  const auto whole = answer(R"("role":"assistant","content":"Die Aare.")");
  const auto begin = event(R"("role":"assistant","content":"Die ")");
  const auto end = event(R"("content":"Aare.")") + kStop;
  EXPECT_TRUE(judge({begin, end}, whole).all);
  EXPECT_TRUE(judge({begin.substr(0, 20), begin.substr(20) + end}, whole).all) << "cut anywhere";
  EXPECT_FALSE(judge({begin}, whole).all);
  EXPECT_FALSE(judge({end}, whole).all);
  EXPECT_FALSE(judge({begin, end}, answer(R"("content":"Die Aare.")", "length")).all);
  EXPECT_FALSE(judge({begin, end}, R"({"choices":[]})").all);
  EXPECT_FALSE(judge({begin, end}, R"({})").all);
  auto other = whole;
  other.replace(other.find(R"("model":"m")"), 11, R"("model":"n")");
  EXPECT_FALSE(judge({begin, end}, other).all) << "the head counts";
}

TEST(StreamedContent, TheUsageOfItsEndIsTheAnswers) {
  const auto whole = answer(R"("content":"Die Aare.")");
  const auto text = event(R"("content":"Die Aare.")");
  const auto usage = [](std::string_view tokens) {
    return event("", R"("stop")") +
           "data: {\"choices\":[],\"usage\":{\"total_tokens\":" + std::string(tokens) + "}}\n\n";
  };
  EXPECT_TRUE(judge({text, usage("5")}, whole).all);
  EXPECT_FALSE(judge({text, usage("6")}, whole).all);
}

TEST(StreamedContent, TheRestIsWhatTheAnswerSaysBeyondIt) {
  const auto whole = answer(R"("role":"assistant","content":"Die Aare.")");
  EXPECT_EQ(judge({}, whole).rest, "Die Aare.");
  EXPECT_EQ(judge({event(R"("content":"Die ")")}, whole).rest, "Aare.");
  EXPECT_EQ(judge({event(R"("content":"Die Aare.")")}, whole).rest, "");
  EXPECT_EQ(judge({event(R"("content":"Der ")")}, whole).rest, "-");
  EXPECT_EQ(judge({event(R"("content":"Die Aare. Und")")}, whole).rest, "-");
}

const std::string kTwoTools =
    R"("role":"assistant","content":"Ich \"sehe\" nach.","reasoning_content":"hm",)"
    R"("tool_calls":[{"id":"t1","type":"function","function":{"name":"look",)"
    R"("arguments":"{\"a\":1}"}},{"id":"t2","type":"function","function":{"name":"ask",)"
    R"("arguments":"{}"}}])";
constexpr std::string_view kEntries = R"({"token":"a","logprob":-0.5},{"token":"b","logprob":-1})";

// CASES G5: wherever a stream is cut, and in the middle of an event too, what was handed on and the
// rest from the answer are the answer.
TEST(StreamedContent, G5_CutAtAnyByteItIsGoneOnWithFromTheAnswer) {
  const auto logprobs = [](std::string_view entry) {
    return R"("index":0,"delta":{},"logprobs":{"content":[)" + std::string(entry) +
           R"(]},"finish_reason":null)";
  };
  const auto entry_end = kEntries.find("},") + 1;
  const auto stream =
      event(R"("role":"assistant","content":"","refusal":null)", "null", R"(,"usage":null)") +
      event(R"("reasoning_content":"hm")") + event(R"("content":"Ich \"sehe\"")") +
      choice_event(logprobs(kEntries.substr(0, entry_end))) + event(R"("content":" nach.")") +
      choice_event(logprobs(kEntries.substr(entry_end + 1))) +
      event(R"("tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"lo",)"
            R"("arguments":""}}])") +
      event(R"("tool_calls":[{"index":0,"function":{"name":"ok","arguments":"{\"a\""}}])") +
      event(R"("tool_calls":[{"index":1,"id":"t2","function":{"name":"ask"}}])") +
      event(R"("tool_calls":[{"index":0,"function":{"arguments":":1}"}},)"
            R"({"index":1,"function":{"arguments":"{}"}}])");
  const auto text =
      answer(kTwoTools, "tool_calls", R"({"content":[)" + std::string(kEntries) + "]}");
  const auto document = json::Document::parse(text);
  ASSERT_TRUE(document.ok()) << text;
  const auto expected = read_as_client(*events_of_answer(text, true));
  ASSERT_EQ(expected.tools.size(), 2u);
  ASSERT_EQ(expected.logprobs.size(), 2u);
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    StreamedContent content;
    crypto::SecretText out;
    ASSERT_TRUE(content.add(stream.substr(0, cut), Piece::more, out).ok()) << cut;
    EXPECT_TRUE(out.empty() || out.view().ends_with("\n\n")) << "whole events alone";
    EXPECT_FALSE(content.is_all_of(document->root()));
    const auto rest = content.rest_of(document->root());
    ASSERT_TRUE(rest.ok()) << cut << rest.error().detail;
    const auto events = events_of_answer(*rest, true);
    ASSERT_TRUE(events.ok()) << cut;
    EXPECT_EQ(read_as_client(std::string(out.view()) + *events), expected) << cut << *events;
  }
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
  EXPECT_EQ(judge({thinking, first}, whole).rest, "") << "half a call is gone on with";
  EXPECT_EQ(judge({thinking, second}, whole).rest, "-");
  EXPECT_EQ(judge({event(R"("tool_calls":[{"index":1,"id":"t1"}])")}, whole).rest, "-");
}

// As some runtimes do; the answer has the id once, and nothing where an index was left out.
TEST(StreamedContent, ARepeatedIdAndAGapAreNoFault) {
  const auto begun =
      event(R"("tool_calls":[{"index":1,"id":"t1","function":{"name":"f","arguments":"{"}}])");
  const auto more = event(R"("tool_calls":[{"index":1,"id":"t1","function":{"arguments":"}"}}])");
  const auto end = event("", R"("tool_calls")");
  const auto whole = answer(
      R"("content":null,"tool_calls":[{"id":"","type":"function","function":{"name":"",)"
      R"("arguments":""}},{"id":"t1","type":"function","function":{"name":"f","arguments":"{}"}}])",
      "tool_calls");
  EXPECT_TRUE(judge({begun, more, end}, whole).all);
  EXPECT_EQ(judge({begun}, whole).rest, "");
  auto other = whole;
  other.replace(other.find(R"("id":"",)"), 8, R"("id":"x",)");
  EXPECT_FALSE(judge({begun, more, end}, other).all) << "the first call was not streamed";
}

// CASES G5: a node cannot have a client believe that a part is the whole.
TEST(StreamedContent, G5_AnEndBeforeTheLastPieceIsRefused) {
  for (const auto& early :
       {std::string("data: [DONE]\n\n"), event(R"("content":"X")", R"("stop")"),
        event("", R"("length")"), event(R"("content":"X")", "null", R"(,"usage":{"a":1})"), kStop})
    EXPECT_EQ(refused(early, Piece::more), ErrorCode::corrupt) << early;
  EXPECT_EQ(refused(kStop, Piece::last), ErrorCode::internal);
  EXPECT_EQ(refused("data: {\"error\":{\"message\":\"It died.\"}}\n\n", Piece::more),
            ErrorCode::upstream_failed);
  EXPECT_EQ(refused(kStop + event(R"("content":"X")"), Piece::last), ErrorCode::upstream_failed);
}

TEST(StreamedContent, TheEndIsSaidByWhoeverChecks) {
  StreamedContent content;
  crypto::SecretText out;
  ASSERT_TRUE(content.add(": a comment\n\n" + kStop, Piece::last, out).ok());
  EXPECT_EQ(out.view(), event("", R"("stop")"));
  StreamedContent failed;
  crypto::SecretText nothing;
  ASSERT_TRUE(failed.add("data: {\"error\":{}}\n\n", Piece::last, nothing).ok());
  EXPECT_TRUE(nothing.empty());
  const auto document = json::Document::parse(answer(R"("content":"")"));
  EXPECT_FALSE(failed.is_all_of(document->root()));
}

// CASES G5: what is handed on was compared.
TEST(StreamedContent, G5_WhatCannotBeComparedIsRefused) {
  for (const auto& strange :
       {event(R"("function_call":{"name":"f"})"), event(R"("annotations":[1])"),
        event(R"("content":7)"), event(R"("content":[{"type":"text","text":"X"}])"),
        event(R"("role":"tool")"), event(R"("tool_calls":{})"),
        event(R"("tool_calls":[{"index":0,"custom":{}}])"),
        event(R"("tool_calls":[{"index":0,"function":{"name":"f","more":"X"}}])"),
        event(R"("tool_calls":[{"index":256,"id":"t"}])"),
        event(R"("tool_calls":[{"index":-1,"id":"t"}])"),
        choice_event(R"("index":0,"delta":{},"text":"X")"),
        choice_event(R"("index":0,"delta":{},"logprobs":{"refusal":[1]})"),
        event("", "null", R"(,"b3iq":{})"), event("", "null", R"(,"object":"error")"),
        event("") + "data: {\"id\":\"d\",\"choices\":[]}\n\n", "event: x\n" + event(""),
        std::string("data: {\ndata: }\n\n"), std::string("data: {\n\n"),
        std::string("data: []\n\n")}) {
    EXPECT_EQ(refused(strange, Piece::more), ErrorCode::upstream_failed) << strange;
  }
  EXPECT_EQ(refused(event(R"("function_call":null,"refusal":null)"), Piece::more),
            ErrorCode::internal)
      << "null says nothing";
}

TEST(StreamedContent, ARefusalCounts) {
  const auto whole = answer(R"("content":null,"refusal":"Nein.")");
  const auto streamed = event(R"("refusal":"Nein.")");
  EXPECT_TRUE(judge({streamed, event("", R"("stop")")}, whole).all);
  EXPECT_EQ(judge({event(R"("refusal":"Ja")")}, whole).rest, "-");
  EXPECT_FALSE(judge({streamed, event("", R"("stop")")}, answer(R"("content":null)")).all);
}

TEST(StreamedContent, TooManyChoicesAreAnError) {
  std::string choices;
  for (std::size_t i = 0; i <= kMaxStreamedChoices; ++i)
    choices += choice_event(R"("index":)" + std::to_string(i) + R"(,"delta":{"content":"X"})");
  StreamedContent content;
  crypto::SecretText out;
  EXPECT_FALSE(content.add(choices, Piece::more, out).ok());
}

TEST(StreamedContent, EveryChoiceIsHeldAgainstItsOwn) {
  const auto whole =
      R"({"id":"c","choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"},)"
      R"({"index":1,"message":{"content":"BC"},"finish_reason":"stop"}]})";
  const auto of = [](std::string_view index, std::string_view text, std::string_view finish) {
    return R"(data: {"id":"c","choices":[{"index":)" + std::string(index) +
           R"(,"delta":{"content":")" + std::string(text) + R"("},"finish_reason":)" +
           std::string(finish) + "}]}\n\n";
  };
  const std::string stop = R"("stop")";
  EXPECT_TRUE(judge({of("1", "B", "null"), of("0", "A", stop) + of("1", "C", stop)}, whole).all);
  EXPECT_FALSE(judge({of("0", "A", stop) + of("0", "BC", stop)}, whole).all);
  EXPECT_EQ(judge({of("1", "B", "null")}, whole).rest, "A");
  EXPECT_EQ(judge({of("2", "", "null")}, whole).rest, "-") << "the answer has no such choice";
}

}  // namespace
}  // namespace b3iq::client
