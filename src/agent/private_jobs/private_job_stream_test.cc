// A private job whose request asks for a stream, from the runtime to the frames.
#include "agent/private_jobs/private_jobs_fixture.h"
#include "http/sse.h"
#include "protocol/private/sealed_chunk.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using protocol::AnswerStatus;
using protocol::LeaseState;
using protocol::ReceiptFinish;

constexpr std::string_view kStream = R"(,"stream":true)";

class PrivateJobStreamTest : public PrivateJobsFixture {
 protected:
  struct Streamed {
    std::string events;
    bool whole = false;
    std::vector<std::string> pieces;
  };
  const std::vector<std::string>& frames(const SentJob& job) {
    return control_->streams[job.arguments.job_id.text()];
  }
  // As its customer reads it.
  Streamed read(const SentJob& job) {
    Streamed out;
    auto opener = job.opener.open_stream();
    for (const auto& frame : frames(job)) {
      const auto chunk = protocol::decode_sealed_chunk(frame);
      EXPECT_TRUE(chunk.ok());
      const auto data = opener.open(*chunk);
      EXPECT_TRUE(data.ok());
      if (data.ok()) out.pieces.emplace_back(base::as_text(*data));
      if (data.ok()) out.events += out.pieces.back();
    }
    out.whole = opener.ended();
    return out;
  }
  static std::string content_of(std::string_view events) {
    http::SseReader reader;
    EXPECT_TRUE(reader.feed(events).ok());
    std::string content;
    for (http::SseReader::Event event; reader.next(event);) {
      const auto document = json::Document::parse(event.data);
      if (!document.ok()) continue;
      content +=
          document->root().find("choices").at(0).find("delta").find("content").string().value_or(
              "");
    }
    return content;
  }
  // What the node has on disk of its only command.
  EntryState kept_state() {
    CommandJournal journal(*database_);
    EXPECT_TRUE(journal.load().ok());
    EXPECT_EQ(journal.entries().size(), 1u);
    return journal.entries().empty() ? EntryState::accepted
                                     : journal.entries().begin()->second.state;
  }
  double ended(StreamEnd end) { return stream_metrics_.streams(end).value(); }
  // A job that waits before its first word; from here on time stands still but for the test.
  SentJob begin_job(std::string_view more = kStream) {
    runtime_.holds_at = 0;
    auto job = seal(chat("hello", more));
    control_->command(job.arguments);
    EXPECT_TRUE(reach([this] { return runtime_.holders > 0; }, 100));
    return job;
  }
  void refuse_frames(ErrorCode code, std::string retry_after = "") {
    control_->instead = [code,
                         retry_after](std::string_view route) -> std::optional<http::Response> {
      if (route != "frames") return std::nullopt;
      auto response = ScriptedControlPlane::refusal(code);
      if (!retry_after.empty()) response.headers.push_back({"Retry-After", retry_after});
      return response;
    };
  }
};

TEST_F(PrivateJobStreamTest, ComesWhileItIsMadeAndTheAnswerFollows) {
  join({"private_inference"});
  runtime_.holds_at = 1;
  const auto job = seal(chat("Wie heißt der Fluss?", kStream));
  control_->command(job.arguments);
  ASSERT_TRUE(reach([&] { return runtime_.holding && !frames(job).empty(); }, 100));
  EXPECT_TRUE(control_->results.empty()) << "the first token is there before the end";
  EXPECT_EQ(content_of(read(job).events), "Die ");
  runtime_.holds_at.reset();
  ASSERT_TRUE(brought(1));
  const auto streamed = read(job);
  EXPECT_TRUE(streamed.whole);
  EXPECT_EQ(content_of(streamed.events), "Die Aare.");
  EXPECT_TRUE(streamed.events.ends_with(http::kSseDone));
  const auto opened = open_answer(job);
  EXPECT_EQ(opened.answer.status, AnswerStatus::completed);
  EXPECT_NE(opened.answer.body.find("Die Aare."), std::string::npos);
  for (const auto& frame : frames(job)) EXPECT_EQ(frame.find("Aare"), std::string::npos);
}

TEST_F(PrivateJobStreamTest, ARequestWithoutAWishIsNotStreamed) {
  join({"private_inference"});
  give(seal(chat("hello")));
  EXPECT_TRUE(control_->streams.empty());
  EXPECT_EQ(control_->seen["frames"], 0);
}

TEST_F(PrivateJobStreamTest, AServerThatSpeaksTheDialectIsStreamedInTheNodesWords) {
  runtime_.relays = true;
  refresh_models();
  join({"private_inference"});
  const auto job = seal(chat("hello", kStream));
  give(job);
  const auto streamed = read(job);
  EXPECT_TRUE(streamed.whole);
  EXPECT_EQ(content_of(streamed.events), "Die Aare.");
  EXPECT_EQ(streamed.events.find("theirs"), std::string::npos) << streamed.events;
  EXPECT_NE(open_answer(job).answer.body.find("Die Aare."), std::string::npos);
}

// CASES G5, 69.
TEST_F(PrivateJobStreamTest, G5_69_ObfuscationHidesTheLengthsOfTokens) {
  join({"private_inference"});
  runtime_.pieces = {"a", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "c"};
  const auto job =
      seal(chat("hello", R"(,"stream":true,"stream_options":{"include_obfuscation":true})"));
  give(job);
  const auto streamed = read(job);
  EXPECT_TRUE(streamed.whole);
  for (const auto& frame : frames(job)) {
    const auto chunk = protocol::decode_sealed_chunk(frame);
    EXPECT_EQ((chunk->ciphertext.size() - 16) % 512, 0u);
  }
}

TEST_F(PrivateJobStreamTest, AStopEndsTheStreamAndWhatWasMadeHasItsReceipt) {
  join({"private_inference"});
  runtime_.holds_at = 1;
  const auto job = seal(chat("hello", kStream));
  const auto id = control_->command(job.arguments);
  ASSERT_TRUE(reach([&] { return runtime_.holding && !frames(job).empty(); }, 100));
  control_->leases[id.text()] = LeaseState::cancelled;
  ASSERT_TRUE(brought(1));
  EXPECT_EQ(open_answer(job).answer.status, AnswerStatus::cancelled);
  EXPECT_EQ(outcome().receipt->receipt.finish, ReceiptFinish::cancelled);
  EXPECT_EQ(outcome().receipt->receipt.usage.completion_tokens, 1);
  EXPECT_NE(content_of(read(job).events), "Die Aare.");
}

// The control plane was away when the job was done, and its customer has stopped it meanwhile.
TEST_F(PrivateJobStreamTest, AResultThatWaitsIsBroughtAlthoughTheJobWasStopped) {
  join({"private_inference"});
  control_->instead = [](std::string_view route) -> std::optional<http::Response> {
    if (route != "result") return std::nullopt;
    return ScriptedControlPlane::refusal(ErrorCode::internal);
  };
  const auto job = seal(chat("hello", kStream));
  const auto id = control_->command(job.arguments);
  ASSERT_TRUE(reach([this] { return control_->seen["result"] > 0; }, 100));
  control_->leases[id.text()] = LeaseState::cancelled;
  const auto polls = control_->polls.size();
  ASSERT_TRUE(reach([&] { return control_->polls.size() > polls + 1; }, 100));
  control_->instead = {};
  ASSERT_TRUE(brought(1)) << "it was dropped";
  EXPECT_EQ(open_answer(job).answer.status, AnswerStatus::completed);
}

TEST_F(PrivateJobStreamTest, WhatBreaksOffSaysSoInTheStream) {
  join({"private_inference"});
  runtime_.dies_at = 1;
  const auto job = seal(chat("hello", kStream));
  give(job);
  const auto streamed = read(job);
  EXPECT_NE(streamed.events.find(R"("error")"), std::string::npos) << streamed.events;
  EXPECT_EQ(streamed.events.find("[DONE]"), std::string::npos);
  EXPECT_EQ(open_answer(job).answer.status, AnswerStatus::failed);
}

// A control plane that takes no frames, that knows none, that fails: the job is done all the same.
TEST_F(PrivateJobStreamTest, NoTroubleWithFramesDisturbsTheJob) {
  join({"private_inference"});
  control_->closed_streams = true;
  const auto closed = seal(chat("hello", kStream));
  open_answer(closed, give(closed));
  control_->closed_streams = false;
  for (const auto code : {ErrorCode::not_found, ErrorCode::internal, ErrorCode::rate_limited}) {
    control_->instead = [code](std::string_view route) -> std::optional<http::Response> {
      if (route != "frames") return std::nullopt;
      return ScriptedControlPlane::refusal(code);
    };
    const auto job = seal(chat("hello", kStream));
    const auto opened = open_answer(job, give(job));
    EXPECT_EQ(opened.answer.status, AnswerStatus::completed);
    EXPECT_FALSE(read(job).whole);
  }
  control_->instead = {};
  bool whole = false;
  for (int i = 0; i < 20 && !whole; ++i) {
    const auto job = seal(chat("hello", kStream));
    give(job);
    whole = read(job).whole;
  }
  EXPECT_TRUE(whole) << "once it works again, jobs are streamed again";
}

// However slow the way is: the last frame has what ends an answer, and no other has any of it.
TEST_F(PrivateJobStreamTest, TheEndOfAnAnswerIsInTheLastPieceAndEveryPieceEndsWithAnEvent) {
  join({"private_inference"});
  runtime_.pieces.assign(2'000, "Wort ");
  const auto job = begin_job(R"(,"stream":true,"stream_options":{"include_usage":true})");
  control_->hanging_route = "frames";
  runtime_.holds_at = runtime_.pieces.size();
  ASSERT_TRUE(reach([this] { return runtime_.holding; }));
  runtime_.holds_at.reset();
  ASSERT_TRUE(reach([this] { return metrics_.chats(inference::Finish::stop).value() > 0; }));
  control_->hanging_route.clear();
  ASSERT_TRUE(brought(1));
  const auto streamed = read(job);
  EXPECT_TRUE(streamed.whole);
  ASSERT_GT(streamed.pieces.size(), 3u);
  for (std::size_t i = 0; i < streamed.pieces.size(); ++i) {
    const auto& piece = streamed.pieces[i];
    const bool last = i + 1 == streamed.pieces.size();
    EXPECT_TRUE(piece.starts_with("data: ") && piece.ends_with("\n\n")) << i;
    for (const auto* end : {R"("finish_reason":"stop")", R"("usage":{)", "data: [DONE]"})
      EXPECT_EQ(piece.find(end) != std::string::npos, last) << i << end;
    EXPECT_EQ(piece.find("Wort") == std::string::npos, last) << i;
  }
  EXPECT_EQ(ended(StreamEnd::brought), 1);
  EXPECT_EQ(stream_metrics_.frames.value(), static_cast<double>(streamed.pieces.size()));
}

// A crash while the last frames are on their way does not make a failure of what was done.
TEST_F(PrivateJobStreamTest, TheResultIsOnDiskBeforeItsStreamIsBrought) {
  join({"private_inference"});
  begin_job();
  control_->hanging_route = "frames";
  runtime_.holds_at.reset();
  ASSERT_TRUE(reach([this] { return kept_state() == EntryState::done; })) << "no time has passed";
  EXPECT_TRUE(control_->results.empty()) << "it waits for its stream";
  control_->hanging_route.clear();
  ASSERT_TRUE(brought(1));
  EXPECT_EQ(ended(StreamEnd::brought), 1);
}

TEST_F(PrivateJobStreamTest, AResultWaitsForItsStreamALittleAndNoLonger) {
  join({"private_inference"});
  const auto job = begin_job();
  control_->hanging_route = "frames";
  const auto began_ms = wake_.now_ms();
  runtime_.holds_at.reset();
  ASSERT_TRUE(brought(1));
  EXPECT_GE(wake_.now_ms() - began_ms, kStreamBroughtMs);
  EXPECT_EQ(open_answer(job).answer.status, AnswerStatus::completed);
  EXPECT_EQ(ended(StreamEnd::late), 1);
  control_->hanging_route.clear();
}

// None of these waits: the clock stands still from the first word on.
TEST_F(PrivateJobStreamTest, AJobThatFailsBeforeItsFirstWordDoesNotWaitForAStream) {
  join({"private_inference"});
  begin_job();
  runtime_.dies_at = 0;
  runtime_.holds_at.reset();
  ASSERT_TRUE(reach([this] { return control_->results.size() == 1; }));
  EXPECT_EQ(failure(), ErrorCode::upstream_failed);
  EXPECT_TRUE(control_->streams.empty());
}

TEST_F(PrivateJobStreamTest, NoResultWaitsWhileNobodyTakesFrames) {
  join({"private_inference"});
  for (const std::string advice : {"", "3600"}) {
    wake_.advance_ms(kLongestRetryMs + 1);
    refuse_frames(advice.empty() ? ErrorCode::not_found : ErrorCode::rate_limited, advice);
    const auto before = control_->results.size();
    for (std::size_t i = 1; i <= 3; ++i) {
      begin_job();
      runtime_.holds_at.reset();
      ASSERT_TRUE(reach([&] { return control_->results.size() == before + i; })) << advice << i;
    }
  }
  EXPECT_EQ(ended(StreamEnd::refused), 3);
  EXPECT_EQ(ended(StreamEnd::unreachable), 3);
  EXPECT_EQ(ended(StreamEnd::late), 0);
}

TEST_F(PrivateJobStreamTest, AHeartbeatThatIsTakenEndsThePauseButNotAdvice) {
  join({"private_inference"});
  refuse_frames(ErrorCode::internal);
  constexpr int kFailures = 9;
  while (control_->seen["frames"] < kFailures) {
    wake_.advance_ms(kLongestRetryMs + 1);
    give(seal(chat("hello", kStream)));
  }
  const auto beat = [this] {
    const auto beats = control_->heartbeats.size();
    ASSERT_TRUE(reach([&] { return control_->heartbeats.size() > beats; }, 100));
  };
  // Pauses are of up to two minutes now, and beats come every quarter of one.
  for (int i = 0; i < 4; ++i) {
    const auto asked = control_->seen["frames"];
    beat();
    give(seal(chat("hello", kStream)));
    EXPECT_GT(control_->seen["frames"], asked) << i;
  }
  control_->instead = {};
  beat();
  const auto job = seal(chat("hello", kStream));
  give(job);
  EXPECT_TRUE(read(job).whole);
  refuse_frames(ErrorCode::rate_limited, "3600");
  give(seal(chat("hello", kStream)));
  control_->instead = {};
  beat();
  const auto later = seal(chat("hello", kStream));
  give(later);
  EXPECT_TRUE(frames(later).empty()) << "it was told to wait for an hour";
}

TEST_F(PrivateJobStreamTest, AStreamThatIsRefusedDoesNotEndTheOthers) {
  join({"private_inference"});
  // The first one's frames are on their way while the others gather theirs.
  const auto first = begin_job();
  control_->hanging_route = "frames";
  runtime_.holds_at = 1;
  ASSERT_TRUE(reach([this] { return control_->seen["frames"] == 1 && runtime_.holding; }));
  const auto bad = seal(chat("hello", kStream));
  const auto good = seal(chat("hello", kStream));
  control_->refused_streams.insert(bad.arguments.job_id.text());
  control_->command(bad.arguments);
  control_->command(good.arguments);
  ASSERT_TRUE(reach([this] { return runtime_.holders == 3; }, 10));
  control_->hanging_route.clear();
  ASSERT_TRUE(reach([&] { return !frames(good).empty(); }, 10));
  runtime_.holds_at.reset();
  ASSERT_TRUE(brought(3));
  EXPECT_TRUE(read(first).whole);
  EXPECT_TRUE(read(good).whole);
  EXPECT_TRUE(frames(bad).empty());
  EXPECT_EQ(ended(StreamEnd::brought), 2);
  EXPECT_EQ(ended(StreamEnd::refused), 1);
  EXPECT_NE(std::ranges::find(control_->frame_batches, 2u), control_->frame_batches.end())
      << "they were asked for together";
}

// What a local caller who goes away is charged: chat_stream.cc.
TEST_F(PrivateJobStreamTest, AStoppedAnswerIsCountedByItsTextWhereEventsHaveSeveralTokens) {
  runtime_.relays = true;
  refresh_models();
  join({"private_inference"});
  runtime_.pieces = {std::string(400, 'x'), "more"};
  runtime_.holds_at = 1;
  const auto job = seal(chat("hello", kStream));
  const auto id = control_->command(job.arguments);
  ASSERT_TRUE(reach([&] { return runtime_.holding && !frames(job).empty(); }, 100));
  control_->leases[id.text()] = LeaseState::cancelled;
  ASSERT_TRUE(brought(1));
  EXPECT_EQ(outcome().receipt->receipt.finish, ReceiptFinish::cancelled);
  EXPECT_EQ(outcome().receipt->receipt.usage.completion_tokens, 100);
}

}  // namespace
}  // namespace b3iq::agent
