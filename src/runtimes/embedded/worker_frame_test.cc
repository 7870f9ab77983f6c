#include "runtimes/embedded/worker_frame.h"

#include <gtest/gtest.h>

namespace b3iq::runtimes {
namespace {

ChatFrame full_chat() {
  ChatFrame chat;
  chat.id = 0x0102030405060708;
  ChatMessage user;
  user.role = inference::Role::user;
  user.texts.push_back(std::string("a\0b", 3));
  ChatMessage assistant;
  assistant.role = inference::Role::assistant;
  assistant.tool_calls.push_back({"call_1", "weather", "{\"city\":\"Rome\"}"});
  ChatMessage tool;
  tool.role = inference::Role::tool;
  tool.tool_call_id = "call_1";
  chat.messages = {user, assistant, tool};
  chat.tools.push_back({"weather", "tells it", "{}"});
  chat.tool_choice = inference::ToolChoice::named;
  chat.tool_choice_name = "weather";
  chat.parallel_tool_calls = false;
  chat.response_format = inference::ResponseFormat::json_schema;
  chat.json_schema = "{\"type\":\"object\"}";
  chat.sampling.temperature = 0.25;
  chat.sampling.seed = -7;
  chat.sampling.logit_bias = {{-1, 2.5}, {77, -100}};
  chat.max_tokens = 12;
  chat.stop = {"END", "\n"};
  chat.logprobs = true;
  chat.top_logprobs = 3;
  chat.raw_prompt = true;
  chat.cache_partition = "p";
  return chat;
}

TokenFrame full_token() {
  TokenFrame token;
  token.id = 9;
  token.tokens = 2;
  token.text = "Paris";
  token.reasoning = "hm";
  token.tool_calls.push_back({1, "call_2", "f", "{\"a\":"});
  token.logprobs.push_back({"Par", -0.5, {{"Par", -0.5}, {"Lon", -1.5}}});
  return token;
}

std::vector<Frame> one_of_each() {
  return {
      LoadFrame{1, 512, 8, 1, -1, 64},
      full_chat(),
      CancelFrame{1},
      PauseFrame{2},
      ResumeFrame{3},
      StatsQueryFrame{},
      HelloFrame{1, 0x7f, "CPU"},
      ProgressFrame{500},
      ReadyFrame{512, 512, 8, 1, 2048, 4950000, 5300000, false, true, 256, "llama 5M Q8_0", "avx2"},
      full_token(),
      FinishFrame{4, inference::Finish::length, 10, 20, 5, 1, 2, 3},
      ErrorFrame{5, WorkerError::context_length_exceeded, "too long", "messages"},
      StatsFrame{1, 2, 3, 4, 5},
      FatalFrame{"GGML_ASSERT"},
      AliveFrame{},
      EmbedFrame{6, {"one", ""}, {{1, -2}, {}}, 7},
      EmbeddingFrame{7, 2, {0.5f, -1.0f}}};
}

TEST(WorkerFrame, EachTypeComesBackByteForByte) {
  for (const Frame& frame : one_of_each()) {
    std::string bytes;
    ASSERT_TRUE(append_frame(bytes, frame));
    FrameReader reader;
    reader.feed(bytes);
    auto read = reader.next();
    ASSERT_TRUE(read.ok()) << read.error().detail;
    ASSERT_TRUE(read->has_value());
    EXPECT_EQ((*read)->index(), frame.index());
    std::string again;
    ASSERT_TRUE(append_frame(again, **read));
    EXPECT_EQ(again, bytes);
    auto end = reader.next();
    ASSERT_TRUE(end.ok());
    EXPECT_FALSE(end->has_value());
  }
}

TEST(WorkerFrame, MembersSurvive) {
  std::string bytes;
  ASSERT_TRUE(append_frame(bytes, full_chat()));
  FrameReader reader;
  reader.feed(bytes);
  auto frame = reader.next();
  ASSERT_TRUE(frame.ok());
  const auto& chat = std::get<ChatFrame>(**frame);
  EXPECT_EQ(chat.messages.size(), 3u);
  EXPECT_EQ(chat.messages[0].texts[0], std::string("a\0b", 3));
  EXPECT_EQ(chat.messages[1].tool_calls[0].arguments, "{\"city\":\"Rome\"}");
  EXPECT_EQ(chat.sampling.temperature, 0.25);
  EXPECT_EQ(chat.sampling.seed, -7);
  EXPECT_EQ(chat.sampling.logit_bias[1].second, -100);
  EXPECT_EQ(chat.stop[1], "\n");
  EXPECT_EQ(chat.parallel_tool_calls, false);
  EXPECT_EQ(chat.cache_partition, "p");
}

TEST(WorkerFrame, VectorsAndTokenIdsSurvive) {
  std::string bytes;
  ASSERT_TRUE(append_frame(bytes, EmbedFrame{6, {"one", ""}, {{1, -2}, {}}, 7}));
  ASSERT_TRUE(append_frame(bytes, EmbeddingFrame{8, 2, {0.5f, -1.0f, 1e-30f}}));
  FrameReader reader;
  reader.feed(bytes);
  auto first = reader.next();
  ASSERT_TRUE(first.ok() && first->has_value());
  const auto& asked = std::get<EmbedFrame>(**first);
  EXPECT_EQ(asked.texts, (std::vector<std::string>{"one", ""}));
  EXPECT_EQ(asked.tokens, (std::vector<std::vector<std::int32_t>>{{1, -2}, {}}));
  EXPECT_EQ(asked.dimensions, 7u);
  auto second = reader.next();
  ASSERT_TRUE(second.ok() && second->has_value());
  const auto& answered = std::get<EmbeddingFrame>(**second);
  EXPECT_EQ(answered.index, 2u);
  EXPECT_EQ(answered.vector, (std::vector<float>{0.5f, -1.0f, 1e-30f}));
}

TEST(WorkerFrame, AnySplitGivesTheSameFrames) {
  std::string bytes;
  for (const Frame& frame : one_of_each()) ASSERT_TRUE(append_frame(bytes, frame));
  for (std::size_t piece : {1u, 2u, 3u, 7u, 64u}) {
    FrameReader reader;
    std::size_t count = 0;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      reader.feed(std::string_view(bytes).substr(at, piece));
      while (true) {
        auto frame = reader.next();
        ASSERT_TRUE(frame.ok());
        if (!frame->has_value()) break;
        ++count;
      }
    }
    EXPECT_EQ(count, one_of_each().size()) << piece;
  }
}

base::Result<std::optional<Frame>> read(std::string_view bytes) {
  FrameReader reader;
  reader.feed(bytes);
  return reader.next();
}

TEST(WorkerFrame, RefusesABrokenGrammar) {
  using namespace std::string_literals;
  EXPECT_FALSE(read("\x00\x00\x00\x00\x03"s).ok()) << "empty frame";
  EXPECT_FALSE(read("\xff\xff\xff\xff\x03"s).ok()) << "larger than the limit";
  EXPECT_FALSE(read("\x01\x00\x00\x00\x20"s).ok()) << "unknown type";
  EXPECT_FALSE(read("\x05\x00\x00\x00\x03\x01\x00\x00\x00"s).ok()) << "short payload";
  EXPECT_FALSE(read("\x0a\x00\x00\x00\x03\x01\x00\x00\x00\x00\x00\x00\x00\x00"s).ok())
      << "trailing byte";
  // fatal, whose text claims more bytes than there are
  EXPECT_FALSE(read("\x06\x00\x00\x00\x47\xff\xff\xff\xff\x41"s).ok());
  std::string vector;
  ASSERT_TRUE(append_frame(vector, EmbeddingFrame{1, 0, {1.0f}}));
  vector[17] = 2;
  EXPECT_FALSE(read(vector).ok()) << "a number that is not there";
  vector[17] = 0;
  EXPECT_FALSE(read(vector).ok()) << "a number too many";
  std::string finish;
  ASSERT_TRUE(append_frame(finish, FinishFrame{}));
  finish[13] = 99;
  EXPECT_FALSE(read(finish).ok()) << "unknown finish reason";
}

TEST(WorkerFrame, RefusesToWriteMoreThanTheLimit) {
  std::string out = "kept";
  EXPECT_FALSE(append_frame(out, FatalFrame{std::string(kMaxFrameBytes, 'x')}));
  EXPECT_EQ(out, "kept");
}

}  // namespace
}  // namespace b3iq::runtimes
