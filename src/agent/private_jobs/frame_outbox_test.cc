#include "agent/private_jobs/frame_outbox.h"

#include <gtest/gtest.h>

#include "agent/cli/run_task.h"
#include "agent/sync/fake_wake_clock.h"
#include "base/random.h"
#include "protocol/private/answer_opener.h"
#include "protocol/private/request_opener.h"
#include "protocol/private/request_sealer.h"

namespace b3iq::agent {
namespace {

using protocol::StreamStanding;

class FrameOutboxTest : public ::testing::Test {
 protected:
  // A customer's side and a node's of one job.
  struct Sides {
    protocol::AnswerOpener customer;
    protocol::AnswerSealer node;
  };
  static Sides sides() {
    const auto node = protocol::NodeIdentity::generate(base::system_random());
    const auto key = protocol::TransportKey::generate(base::system_random());
    const auto name = protocol::ClientJobId::parse("job-1").value();
    const protocol::PrivateRequest request{name, node.node_id(), "m", {}, R"({"model":"m"})"};
    auto sealed =
        protocol::seal_request(request, {key.public_key(), key.key_id()}, base::system_random());
    const protocol::TransportKey* const keys[] = {&key};
    auto opened = protocol::open_request(keys, sealed->envelope, {name, node.node_id(), "m"});
    return {std::move(sealed->opener), std::move(opened->sealer)};
  }
  static protocol::JobId some_job() {
    return protocol::JobId::make(1'795'253'400'123, base::system_random());
  }
  std::unique_ptr<OutgoingStream> stream(std::int64_t join_ms = 0, std::size_t block = 0) {
    return std::make_unique<OutgoingStream>(
        outbox_, job_, sides_.node.seal_stream({block}, base::system_random()), join_ms);
  }
  // Everything that is due, taken by a control plane that has `next_` frames.
  std::vector<std::string> bring() {
    std::vector<std::string> out;
    for (const auto& one : outbox_.take().streams) {
      EXPECT_EQ(one.first, next_);
      out.insert(out.end(), one.frames.begin(), one.frames.end());
      next_ += static_cast<std::uint32_t>(one.frames.size());
      const protocol::StreamTaken answer{one.job_id, StreamStanding::open, next_};
      outbox_.taken(std::span(&answer, 1));
    }
    return out;
  }
  std::string open(const std::vector<std::string>& frames) {
    std::string text;
    for (const auto& frame : frames) {
      const auto chunk = protocol::decode_sealed_chunk(frame);
      EXPECT_TRUE(chunk.ok());
      const auto data = opener_.open(*chunk);
      EXPECT_TRUE(data.ok());
      if (data.ok()) text += base::as_text(*data);
    }
    return text;
  }

  http::EventLoop loop_;
  FakeWakeClock wake_{loop_};
  FrameOutbox outbox_{wake_};
  Sides sides_ = sides();
  protocol::ChunkOpener opener_ = sides_.customer.open_stream();
  protocol::JobId job_ = some_job();
  std::uint32_t next_ = 0;
};

TEST_F(FrameOutboxTest, WhatComesWhileOneIsOnItsWayIsOnePiece) {
  const auto out = stream();
  EXPECT_TRUE(outbox_.take().streams.empty());
  out->add("one ");
  const auto first = bring();
  ASSERT_EQ(first.size(), 1u);
  out->add("two ");
  out->add("three ");
  const auto second = bring();
  ASSERT_EQ(second.size(), 1u);
  out->add("four");
  out->end("!");
  const auto third = bring();
  ASSERT_EQ(third.size(), 2u) << "the end stands alone";
  EXPECT_EQ(open(first) + open(second) + open(third), "one two three four!");
  EXPECT_TRUE(opener_.ended());
  EXPECT_TRUE(outbox_.take().streams.empty());
}

// CASES G5, 64.
TEST_F(FrameOutboxTest, G5_64_WhatWasNotTakenIsBroughtAgainAsItWas) {
  const auto out = stream();
  out->add("one ");
  const auto lost = outbox_.take().streams;
  out->add("two");
  const auto again = outbox_.take().streams;
  ASSERT_EQ(again.size(), 1u);
  ASSERT_EQ(again[0].frames.size(), 2u);
  EXPECT_EQ(again[0].frames[0], lost[0].frames[0]) << "never another text under a nonce";
  // The first one had arrived after all.
  const protocol::StreamTaken answer{job_, StreamStanding::open, 1};
  outbox_.taken(std::span(&answer, 1));
  next_ = 1;
  EXPECT_EQ(open(lost[0].frames) + open(bring()), "one two");
}

TEST_F(FrameOutboxTest, AStreamThatNobodyTakesIsGivenUpAndEndsAtOnce) {
  const auto closed = stream();
  closed->add("one");
  ASSERT_EQ(outbox_.take().streams.size(), 1u);
  const protocol::StreamTaken answer{job_, StreamStanding::closed, 0};
  outbox_.taken(std::span(&answer, 1));
  closed->add("two");
  closed->end("!");
  EXPECT_TRUE(outbox_.take().streams.empty());
  auto waiting = [](OutgoingStream& one) -> base::Task<bool> {
    co_await one.brought(2'000'000);
    co_return true;
  };
  EXPECT_TRUE(run_task(loop_, waiting(*closed)));
  // Of another form than any that is there.
  job_ = some_job();
  const auto strange = stream();
  strange->add("one");
  ASSERT_EQ(outbox_.take().streams.size(), 1u);
  const protocol::StreamTaken ahead{job_, StreamStanding::open, 7};
  outbox_.taken(std::span(&ahead, 1));
  EXPECT_TRUE(outbox_.take().streams.empty());
}

TEST_F(FrameOutboxTest, MoreThanIsKeptIsGivenUp) {
  const auto out = stream();
  const std::string some(64 * 1024, 'x');
  for (std::size_t i = 0; i <= kMaxUnsealedBytes / some.size(); ++i) out->add(some);
  out->end("");
  EXPECT_TRUE(outbox_.take().streams.empty());
}

// CASES G5, 69.
TEST_F(FrameOutboxTest, G5_69_JoinedAndPaddedPiecesHideTokens) {
  const auto out = stream(250, 512);
  out->add("a");
  ASSERT_EQ(outbox_.take().streams.size(), 1u);
  const auto first = bring();
  out->add("bb");
  auto due = outbox_.take();
  EXPECT_TRUE(due.streams.empty());
  EXPECT_EQ(due.next_ms, wake_.now_ms() + 250);
  out->add("ccc");
  wake_.advance_ms(250);
  const auto second = bring();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(first[0].size(), second[0].size()) << "one length for one token and for two";
  out->add("d");
  out->end("e");
  const auto rest = bring();
  EXPECT_EQ(open(first) + open(second) + open(rest), "abbcccde") << "the end waits for nothing";
}

TEST_F(FrameOutboxTest, StreamsShareARequestAndNoneIsForgotten) {
  std::vector<std::unique_ptr<OutgoingStream>> many;
  const std::string some(100 * 1024, 'x');
  for (int i = 0; i < 8; ++i) {
    job_ = some_job();
    many.push_back(stream());
    many.back()->add(some);
  }
  std::size_t seen = 0;
  for (int turn = 0; turn < 8; ++turn) {
    const auto due = outbox_.take();
    EXPECT_LE(protocol::encode_stream_frames(due.streams).size(), protocol::kMaxFramesBytes);
    for (const auto& one : due.streams) {
      seen += one.frames.size();
      const protocol::StreamTaken answer{one.job_id, StreamStanding::open,
                                         one.first + static_cast<std::uint32_t>(one.frames.size())};
      outbox_.taken(std::span(&answer, 1));
    }
  }
  EXPECT_EQ(seen, 16u) << "two pieces of each";
}

}  // namespace
}  // namespace b3iq::agent
