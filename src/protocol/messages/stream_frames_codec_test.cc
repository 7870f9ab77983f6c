#include <gtest/gtest.h>

#include "base/random.h"
#include "protocol/messages/stream_frames.h"
#include "protocol/private/sealed_chunk.h"

namespace b3iq::protocol {
namespace {

JobId some_job() { return JobId::make(1'795'253'400'123, base::system_random()); }

std::string frame(std::uint32_t number, bool is_last = false) {
  SealedChunk chunk;
  chunk.number = number;
  chunk.is_last = is_last;
  chunk.ciphertext.assign(24, 7);
  return encode_sealed_chunk(chunk);
}

TEST(StreamFramesCodec, ComesBackAsItWas) {
  const std::vector<StreamFrames> sent = {{some_job(), 4, {frame(4), frame(5, true)}},
                                          {some_job(), 0, {frame(0)}}};
  const auto body = encode_stream_frames(sent);
  std::size_t bytes = 0;
  for (const auto& one : sent) bytes += encoded_bytes(one);
  EXPECT_LE(body.size(), bytes + 64);
  const auto read = decode_stream_frames(body);
  ASSERT_TRUE(read.ok()) << read.error().detail;
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ(read->at(0).job_id, sent[0].job_id);
  EXPECT_EQ(read->at(0).first, 4u);
  EXPECT_EQ(read->at(0).frames, sent[0].frames);
  EXPECT_EQ(read->at(1).frames, sent[1].frames);
}

TEST(StreamFramesCodec, RefusesWhatCannotBeAStream) {
  const auto job = some_job();
  const auto code = [](const std::vector<StreamFrames>& streams) {
    const auto read = decode_stream_frames(encode_stream_frames(streams));
    return read.ok() ? std::string("taken") : read.error().param;
  };
  EXPECT_EQ(code({{job, 0, {frame(0)}}}), "taken");
  EXPECT_EQ(code({}), "streams");
  EXPECT_EQ(code({{job, 0, {}}}), "frames");
  EXPECT_EQ(code({{job, 0, {frame(0), frame(2)}}}), "frames") << "one is missing";
  EXPECT_EQ(code({{job, 0, {frame(1), frame(0)}}}), "frames") << "turned round";
  EXPECT_EQ(code({{job, 0, {frame(0, true), frame(1)}}}), "frames") << "behind the last";
  EXPECT_EQ(code({{job, 0, {frame(0)}}, {job, 1, {frame(1)}}}), "streams") << "twice";
  EXPECT_EQ(code({{job, 0, {R"({"nonce":"AAAA","ciphertext":"AAAA"})"}}}), "nonce");
  EXPECT_EQ(code({{job, 0, {R"({"text":"in clear"})"}}}), "nonce");
  std::string more = frame(0);
  more.insert(1, R"("text":"in clear",)");
  EXPECT_NE(code({{job, 0, {more}}}), "taken") << "nothing in clear beside it";
}

TEST(StreamFramesCodec, AnAnswerComesBackAsItWas) {
  const std::vector<StreamTaken> taken = {{some_job(), StreamStanding::open, 17},
                                          {some_job(), StreamStanding::closed, 0}};
  const auto read = decode_stream_frames_answer(encode_stream_frames_answer(taken));
  ASSERT_TRUE(read.ok()) << read.error().detail;
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ(read->at(0).job_id, taken[0].job_id);
  EXPECT_EQ(read->at(0).next, 17u);
  EXPECT_EQ(read->at(1).standing, StreamStanding::closed);
  EXPECT_FALSE(decode_stream_frames_answer(R"({"streams":[{"job_id":"x"}]})").ok());
}

}  // namespace
}  // namespace b3iq::protocol
