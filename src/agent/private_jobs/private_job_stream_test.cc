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
      if (data.ok()) out.events += base::as_text(*data);
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

}  // namespace
}  // namespace b3iq::agent
