// Sealed streams from nodes to customers, on every database.
#include "control/private_jobs/frame_stream.h"
#include "control/testing/stream_fixture.h"

namespace b3iq::control {
namespace {

using base::Task;
using http::Method;
using protocol::StreamFrames;
using protocol::StreamStanding;
using protocol::StreamTaken;

class PrivateJobRelayTest : public StreamFixture {};

TEST_P(PrivateJobRelayTest, FramesAreReadWhileTheyComeAndTheEndWithTheJob) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto leased = take_one(node());
  const auto job = arguments_of(leased).job_id;
  const auto first = frames_request(node(), {frames(job, 0, 2)});
  const auto second = frames_request(node(), {frames(job, 2, 3)});
  const auto result = result_request(
      leased, node(),
      result_body(leased, node(),
                  answer_to(leased, signed_by(node(), receipt_for(leased, node())))));
  TestAnswer brought;
  const auto answer = read_while(streaming("a"), [&](TestAnswer& read) -> Task<void> {
    co_await reach([&] { return !read.body.empty(); });
    co_await keep_answer(app(), first, brought);
    EXPECT_EQ(brought.status, 200) << brought.body;
    co_await reach([&] { return read.body.find(event(1)) != std::string::npos; });
    EXPECT_EQ(read.body.find("event: end"), std::string::npos) << "before the job has ended";
    co_await keep_answer(app(), second, brought);
    co_await reach([&] { return read.body.find(event(2)) != std::string::npos; });
    co_await keep_answer(app(), result, brought);
    EXPECT_EQ(brought.status, 200) << brought.body;
  });
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find(event(0) + event(1)), std::string::npos) << answer.body;
  EXPECT_EQ(count(answer.body, "id: "), 3u);
  EXPECT_NE(answer.body.find("event: end\ndata: {\"job_id\":\"a\",\"status\":\"completed\","),
            std::string::npos);
  EXPECT_EQ(app().job_waiters().size(), 0u);
}

TEST_P(PrivateJobRelayTest, IsReadFromAnyNumberOn) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto leased = take_one(node());
  const auto job = arguments_of(leased).job_id;
  bring_frames(node(), frames(job, 0, 4));
  bring_frames(node(), frames(job, 4, 6));
  bring(leased, node(), answer_to(leased, signed_by(node(), receipt_for(leased, node()))));
  EXPECT_EQ(count(send(streaming("a")).body, "id: "), 6u);
  const auto later = send(streaming("a", "from=2")).body;
  EXPECT_EQ(count(later, "id: "), 4u);
  EXPECT_NE(later.find(event(2) + event(3) + event(4) + event(5)), std::string::npos) << later;
  EXPECT_EQ(count(send(streaming("a", "from=6")).body, "id: "), 0u);
  auto again = streaming("a");
  again.headers.emplace_back("Last-Event-ID", "4");
  EXPECT_EQ(count(send(again).body, "id: "), 1u);
  for (const auto* query : {"from=-1", "from=x", "from=1048577", "since=1"})
    EXPECT_EQ(send(streaming("a", query)).status, 400) << query;
}

TEST_P(PrivateJobRelayTest, IsItsCustomersAlone) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto bob = new_customer("0");
  EXPECT_EQ(as(bob, Method::get, "/v1/private-inference/jobs/a/stream").status, 404);
  EXPECT_EQ(get("/v1/private-inference/jobs/b/stream").status, 404);
  EXPECT_EQ(call(app(), {Method::get, "/v1/private-inference/jobs/a/stream", "", "", {}}).status,
            401);
}

TEST_P(PrivateJobRelayTest, OnlyWhatFollowsIsTaken) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto leased = take_one(node());
  const auto job = arguments_of(leased).job_id;
  auto taken = bring_frames(node(), frames(job, 0, 3));
  EXPECT_EQ(taken.standing, StreamStanding::open);
  EXPECT_EQ(taken.next, 3u);
  EXPECT_EQ(bring_frames(node(), frames(job, 0, 3)).next, 3u) << "a repeat";
  EXPECT_EQ(bring_frames(node(), frames(job, 2, 5)).next, 5u) << "half of it was there";
  EXPECT_EQ(bring_frames(node(), frames(job, 6, 8)).next, 5u) << "a gap";
  auto other = living_node();
  EXPECT_EQ(bring_frames(other, frames(job, 5, 6)).standing, StreamStanding::closed);
  const auto none = protocol::JobId::make(clock_.wall_ms(), base::system_random());
  EXPECT_EQ(bring_frames(node(), frames(none, 0, 1)).standing, StreamStanding::closed);
  // One that waits has no stream yet.
  ASSERT_NO_FATAL_FAILURE(queue_ok("waiting"));
  bring(leased, node(), answer_to(leased, signed_by(node(), receipt_for(leased, node()))));
  EXPECT_EQ(bring_frames(node(), frames(job, 5, 6)).standing, StreamStanding::closed);
  EXPECT_EQ(count(send(streaming("a")).body, "id: "), 5u);
}

TEST_P(PrivateJobRelayTest, MoreThanAStreamMayHaveIsNotTaken) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto job = arguments_of(take_one(node())).job_id;
  const std::size_t kBytes = 64 * 1024;
  std::int64_t sent = 0;
  std::uint32_t next = 0;
  for (auto standing = StreamStanding::open; standing == StreamStanding::open; ++next) {
    const StreamFrames big{job, next, {frame(next, false, kBytes)}};
    standing = bring_frames(node(), big).standing;
    if (standing == StreamStanding::open) sent += std::ssize(big.frames[0]) + 1;
    ASSERT_LT(next, 1'000u);
    // The next minute's requests.
    clock_.advance_ms(50);
  }
  EXPECT_LE(sent, kMaxStreamBytes);
  EXPECT_GT(sent, kMaxStreamBytes / 2);
}

TEST_P(PrivateJobRelayTest, IsSealedTextAndGoesSoonAfterItsJob) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto leased = take_one(node());
  const auto job = arguments_of(leased).job_id;
  bring_frames(node(), frames(job, 0, 4));
  bring_frames(node(), frames(job, 4, 5));
  // Nothing in clear gets in beside the frames.
  const auto clear = R"({"streams":[{"job_id":")" + job.text() + R"(","frames":[{"text":"x"}]}]})";
  EXPECT_EQ(send(node().sign(protocol::SignatureTag::frames, Method::post,
                             protocol::frames_path(node().id()), clear, audience()))
                .status,
            400);
  pass_ms(kFramesKeptMs + 1);
  // An open one keeps its frames, however long it takes.
  ASSERT_TRUE(run(app().job_upkeep().drop_streams()).ok());
  EXPECT_EQ(rows_of_frames(), 2);
  bring(leased, node(), answer_to(leased, signed_by(node(), receipt_for(leased, node()))));
  ASSERT_TRUE(run(app().job_upkeep().drop_streams()).ok());
  EXPECT_EQ(rows_of_frames(), 2);
  pass_ms(kFramesKeptMs + 1);
  ASSERT_TRUE(run(app().job_upkeep().drop_streams()).ok());
  EXPECT_EQ(rows_of_frames(), 0);
  EXPECT_EQ(rows_of_streams(), 0);
  const auto after = send(streaming("a"));
  EXPECT_EQ(after.status, 200);
  EXPECT_NE(after.body.find("event: end"), std::string::npos) << "the answer is there still";
}

TEST_P(PrivateJobRelayTest, AReaderHearsOfWhatAnotherReplicaTook) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto job = arguments_of(take_one(node())).job_id;
  const auto answer = read_while(streaming("a"), [&](TestAnswer& read) -> Task<void> {
    co_await reach([&] { return !read.body.empty(); });
    // As another process would leave it: nobody here is told.
    const auto lines = frame(0) + "\n" + frame(1) + "\n";
    auto body = [&](storage::Transaction& tx) -> Task<base::Status> {
      bool done = false;
      const NewFrames some{.job_id = job.text(),
                           .node_id = node().id().text(),
                           .count = 2,
                           .frames = lines,
                           .at_ms = clock_.wall_ms()};
      co_return co_await append_frames(tx, some, done);
    };
    EXPECT_TRUE((co_await app().database().write(std::move(body))).ok());
    EXPECT_TRUE((co_await app().job_upkeep().look()).ok());
    co_await reach([&] { return read.body.find(event(0) + event(1)) != std::string::npos; });
    app().job_waiters().close();
  });
  EXPECT_EQ(answer.body.find("event: end"), std::string::npos) << "a stop is no end";
}

TEST_P(PrivateJobRelayTest, QuietIsToldByCommentsAndAStopEndsIt) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto answer = read_while(streaming("a"), [&](TestAnswer& read) -> Task<void> {
    co_await reach([&] { return !read.body.empty(); });
    const auto before = read.body.size();
    for (int turn = 0; turn < 1'000 && read.body.size() == before; ++turn) {
      clock_.advance_ms(kStreamKeepAliveMs);
      EXPECT_TRUE((co_await app().job_upkeep().look()).ok());
      co_await app().loop().sleep(2);
    }
    app().job_waiters().close();
  });
  EXPECT_GE(count(answer.body, ": b3iq"), 2u) << answer.body;
  EXPECT_EQ(answer.body.find("event: end"), std::string::npos);
}

B3_ON_EVERY_DATABASE(PrivateJobRelayTest);

}  // namespace
}  // namespace b3iq::control
