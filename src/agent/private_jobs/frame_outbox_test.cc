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
  // Of `size` bytes in all.
  static std::string event(std::size_t size) {
    return "data: " + std::string(size - 8, 'x') + "\n\n";
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

  // What each frame has.
  std::vector<std::string> pieces(const std::vector<std::string>& frames) {
    std::vector<std::string> out;
    for (const auto& frame : frames) out.push_back(open({frame}));
    return out;
  }
  double ended(StreamEnd end) { return metrics_.streams(end).value(); }
  // Does not wait: what is not over now is late.
  bool is_over(OutgoingStream& stream) {
    auto waiting = [](OutgoingStream& one, std::int64_t until_ms) -> base::Task<bool> {
      co_await one.brought(until_ms);
      co_return true;
    };
    const auto late = ended(StreamEnd::late);
    EXPECT_TRUE(run_task(loop_, waiting(stream, wake_.now_ms())));
    return ended(StreamEnd::late) == late;
  }

  http::EventLoop loop_;
  FakeWakeClock wake_{loop_};
  base::Metrics registry_;
  StreamMetrics metrics_{registry_};
  FrameOutbox outbox_{wake_, metrics_};
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
  EXPECT_TRUE(is_over(*closed));
  EXPECT_EQ(ended(StreamEnd::closed), 1);
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
  EXPECT_EQ(ended(StreamEnd::too_slow), 1);
}

// What a stream may have, however well it is brought.
TEST_F(FrameOutboxTest, MoreThanAStreamMayHaveIsGivenUp) {
  const auto out = stream();
  const auto some = event(60'000);
  std::size_t brought = 0;
  for (std::size_t added = 0; added + some.size() <= protocol::kMaxStreamDataBytes;) {
    out->add(some);
    added += some.size();
    brought += bring().size();
  }
  EXPECT_EQ(metrics_.frames.value(), static_cast<double>(brought));
  EXPECT_EQ(ended(StreamEnd::too_large), 0);
  out->add(some);
  EXPECT_TRUE(bring().empty());
  EXPECT_EQ(ended(StreamEnd::too_large), 1);
  EXPECT_TRUE(is_over(*out));
}

TEST_F(FrameOutboxTest, APieceEndsWhereAnEventDoes) {
  const auto out = stream();
  std::string all;
  for (std::size_t i = 0; i < 120; ++i) {
    const auto one = event(100 + 37 * i);
    all += one;
    out->add(one);
  }
  out->end("data: end\n\ndata: [DONE]\n\n");
  const auto told = pieces(bring());
  ASSERT_GE(told.size(), 4u);
  std::string joined;
  for (const auto& piece : told) {
    EXPECT_TRUE(piece.starts_with("data: "));
    EXPECT_TRUE(piece.ends_with("\n\n"));
    joined += piece;
  }
  EXPECT_EQ(told.back(), "data: end\n\ndata: [DONE]\n\n") << "the end, and nothing but the end";
  EXPECT_EQ(joined, all + told.back());
  EXPECT_EQ(ended(StreamEnd::brought), 1);
}

TEST_F(FrameOutboxTest, OnlyAnEventThatIsLargerThanAPieceIsCut) {
  const auto out = stream();
  const auto large = event(2 * protocol::kMaxChunkDataBytes + 100);
  out->add(event(1'000));
  out->add(large);
  out->add(event(2'000));
  out->add(event(protocol::kMaxChunkDataBytes));
  out->end("data: [DONE]\n\n");
  const auto told = pieces(bring());
  ASSERT_EQ(told.size(), 6u);
  EXPECT_EQ(told[0], event(1'000));
  EXPECT_EQ(told[1] + told[2] + told[3], large + event(2'000));
  EXPECT_EQ(told[4], event(protocol::kMaxChunkDataBytes)) << "as large as a piece can be";
  EXPECT_EQ(told[5], "data: [DONE]\n\n");
}

TEST_F(FrameOutboxTest, AnEndThatDoesNotFitIntoOnePieceIsNotCut) {
  const auto out = stream();
  out->add(event(100));
  const auto before = bring();
  out->end(event(protocol::kMaxChunkDataBytes + 1));
  EXPECT_TRUE(bring().empty());
  EXPECT_EQ(open(before), event(100));
  EXPECT_FALSE(opener_.ended());
  EXPECT_TRUE(is_over(*out));
  EXPECT_EQ(ended(StreamEnd::too_large), 1);
}

TEST_F(FrameOutboxTest, WhatBeginsInAPauseIsGivenUpAndWhatBeginsBehindItIsNot) {
  const auto before = stream();
  before->add("one");
  const auto unbegun = stream();
  outbox_.pause(StreamEnd::unreachable);
  EXPECT_TRUE(is_over(*before));
  const auto within = stream();
  within->add("two");
  EXPECT_TRUE(is_over(*within));
  EXPECT_EQ(ended(StreamEnd::unreachable), 2);
  outbox_.resume();
  within->add("three");
  EXPECT_TRUE(outbox_.take().streams.empty());
  unbegun->add("four");
  EXPECT_EQ(outbox_.take().streams.size(), 1u);
}

TEST_F(FrameOutboxTest, OneIsGivenUpAndTheOthersGoOn) {
  const auto bad = job_;
  const auto first = stream();
  job_ = some_job();
  const auto second = stream();
  first->add("one");
  second->add("two");
  EXPECT_EQ(outbox_.take().streams.size(), 2u);
  const auto alone = outbox_.take(1).streams;
  const auto other = outbox_.take(1).streams;
  ASSERT_EQ(alone.size(), 1u);
  ASSERT_EQ(other.size(), 1u);
  EXPECT_NE(alone[0].job_id, other[0].job_id) << "each has its turn";
  outbox_.give_up(bad, StreamEnd::refused);
  const auto rest = outbox_.take().streams;
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].job_id, job_);
  EXPECT_EQ(ended(StreamEnd::refused), 1);
}

TEST_F(FrameOutboxTest, HowAStreamEndedIsCountedOnceAndOneThatNeverBeganNotAtAll) {
  stream();
  const auto silent = stream();
  silent->give_up(StreamEnd::stopped);
  stream()->add("one");
  EXPECT_EQ(ended(StreamEnd::stopped), 1);
  const auto slow = stream();
  slow->add("two");
  slow->end("!");
  EXPECT_FALSE(is_over(*slow));
  EXPECT_EQ(ended(StreamEnd::late), 1);
  EXPECT_TRUE(outbox_.take().streams.empty());
  double all = 0;
  for (std::size_t i = 0; i < kStreamEnds; ++i) all += ended(static_cast<StreamEnd>(i));
  EXPECT_EQ(all, 2);
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
