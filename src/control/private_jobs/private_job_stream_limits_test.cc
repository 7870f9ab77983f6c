// What sealed streams may take of the control plane: places that wait, time of a connection, room
// in the database. On every database.
#include <deque>

#include "control/private_jobs/frame_stream.h"
#include "control/testing/counting_database.h"
#include "control/testing/stream_fixture.h"

namespace b3iq::control {
namespace {

using base::Task;
using http::Method;
using protocol::StreamFrames;
using protocol::StreamStanding;
using storage::Row;
using storage::Statement;
using storage::Value;

// Reads an answer to its end, as a server sends it, whatever its reader takes of it.
class WholeAnswers final : public storage::Transaction {
 public:
  explicit WholeAnswers(storage::Transaction& inner) : inner_(inner) {}
  std::size_t rows() const { return rows_; }

  Task<base::Result<std::int64_t>> exec(const Statement& statement,
                                        std::span<const Value> values) override {
    return inner_.exec(statement, values);
  }
  Task<base::Status> query(const Statement& statement, std::span<const Value> values,
                           base::UniqueFunction<bool(const Row&)> on_row) override {
    bool is_wanted = true;
    auto take = [&](const Row& row) {
      ++rows_;
      is_wanted = is_wanted && on_row(row);
      return true;
    };
    co_return co_await inner_.query(statement, values, std::move(take));
  }
  Task<base::Status> exec_script(std::string_view sql) override { return inner_.exec_script(sql); }

 private:
  storage::Transaction& inner_;
  std::size_t rows_ = 0;
};

class PrivateJobStreamLimitsTest : public StreamFixture {
 protected:
  static constexpr std::size_t kBigBytes = 60 * 1024;  // of a frame, in clear
  static constexpr std::uint32_t kInRow = 4;

  // A job that its node has, with so many rows of more than kMaxStreamPieceBytes each.
  protocol::LeasedCommand big_stream(const std::string& name, std::uint32_t rows) {
    queue_ok(name);
    auto leased = take_one(node());
    const auto job = arguments_of(leased).job_id;
    std::uint32_t next = 0;
    for (std::uint32_t row = 0; row < rows; ++row) {
      protocol::StreamFrames brought{job, next, {}};
      for (std::uint32_t i = 0; i < kInRow; ++i)
        brought.frames.push_back(frame(next++, false, kBigBytes));
      EXPECT_EQ(bring_frames(node(), brought).next, next);
      clock_.advance_ms(50);
    }
    return leased;
  }
  void finish(const protocol::LeasedCommand& leased) {
    const auto receipt = signed_by(node(), receipt_for(leased, node()));
    EXPECT_EQ(bring(leased, node(), answer_to(leased, receipt)).status, 200);
  }
  // What of a stream comes at once, and how many rows that moved.
  std::vector<FrameRow> rows_from(const protocol::JobId& job, std::int64_t from,
                                  std::size_t max_bytes, std::size_t& moved) {
    std::vector<FrameRow> out;
    auto look = [&](storage::Transaction& tx) -> Task<base::Status> {
      WholeAnswers whole(tx);
      CO_TRY_OK(co_await select_frames(whole, job.text(), from, max_bytes, out));
      moved = whole.rows();
      co_return base::Status();
    };
    EXPECT_TRUE(app().database().read_blocking(std::move(look)).ok());
    return out;
  }
  std::int64_t first_row() {
    static constexpr Statement kFirst{"SELECT MIN(first_frame) FROM private_frames"};
    return number_of(kFirst);
  }
  base::Status write(storage::Body body) { return run(app().database().write(std::move(body))); }
  std::string metrics() { return admin(Method::get, "/metrics").body; }
};

TEST_P(PrivateJobStreamLimitsTest, OneCustomerDoesNotTakeThePlacesOfTheOthers) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("done"));
  do_one(node());
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto command = take_one(node()).command_id.text();
  std::deque<JobPlace> places;
  for (std::size_t i = 0; i < kMaxWaitingForOneJob; ++i)
    places.emplace_back(app().job_waiters(), JobWait{ada().id, command, JobNews::frames});
  for (const auto* target : {"a/stream", "a?wait_seconds=25"}) {
    const auto refused = get("/v1/private-inference/jobs/" + std::string(target));
    EXPECT_EQ(refused.status, 429) << target;
    EXPECT_EQ(refused.code(), "rate_limited");
    EXPECT_EQ(refused.header("Retry-After"), "5") << target;
  }
  EXPECT_EQ(get("/v1/private-inference/jobs/a").status, 200) << "who does not wait is answered";
  EXPECT_EQ(get("/v1/private-inference/jobs/done/stream").status, 200);
  while (places.size() < kMaxWaitingOfCustomer)
    places.emplace_back(app().job_waiters(),
                        JobWait{ada().id, std::to_string(places.size()), JobNews::frames});
  EXPECT_EQ(get("/v1/private-inference/jobs/done/stream").code(), "rate_limited");
  EXPECT_EQ(get("/v1/private-inference/jobs/done?wait_seconds=25").status, 200);
  places.clear();
  EXPECT_EQ(get("/v1/private-inference/jobs/done/stream").status, 200);
}

TEST_P(PrivateJobStreamLimitsTest, AConnectionLastsItsTimeWhateverComes) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto leased = take_one(node());
  const auto job = arguments_of(leased).job_id;
  constexpr std::int64_t kStepMs = 60'000;
  std::uint32_t next = 0;
  const auto bring_one = [&]() -> Task<void> {
    TestAnswer brought;
    const auto request = frames_request(node(), {frames(job, next, next + 1)});
    ++next;
    co_await keep_answer(app(), request, brought);
    EXPECT_EQ(brought.status, 200) << brought.body;
  };
  const auto answer = read_while(streaming("a"), [&](TestAnswer& read) -> Task<void> {
    for (std::int64_t at_ms = 0; at_ms < kMaxStreamReadMs; at_ms += kStepMs) {
      co_await bring_one();
      const auto wanted = event(next - 1);
      co_await reach([&] { return read.body.find(wanted) != std::string::npos; });
      clock_.advance_ms(kStepMs);
    }
    co_await bring_one();
    EXPECT_TRUE((co_await app().job_upkeep().look()).ok());
  });
  EXPECT_EQ(answer.body.find(event(next - 1)), std::string::npos) << "its time was over";
  EXPECT_EQ(answer.body.find("event: end"), std::string::npos) << "that is no end";
  EXPECT_EQ(answer.body.find("retry: 1000\n"), 0u) << answer.body;
  // Who goes on shows again that it may.
  ASSERT_EQ(admin(Method::post, "/v1/admin/customers/" + ada().id + "/suspension", "{}").status,
            200);
  EXPECT_EQ(get("/v1/private-inference/jobs/a/stream?from=5").status / 100, 4);
}

TEST_P(PrivateJobStreamLimitsTest, ALongStreamIsReadInSmallParts) {
  const auto big = big_stream("big", 8);
  const auto job = arguments_of(big).job_id;
  std::size_t moved = 0;
  auto rows = rows_from(job, 0, kMaxStreamPieceBytes, moved);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(moved, 1u) << "the others stay in the database";
  rows = rows_from(job, 5 * kInRow, 2 * kMaxStreamPieceBytes, moved);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].first, 5 * kInRow);
  EXPECT_EQ(rows[1].first, 6 * kInRow);
  EXPECT_EQ(moved, 2u);
  finish(big);
  const auto whole = send(streaming("big")).body;
  constexpr std::uint32_t kFrames = 8 * kInRow;
  EXPECT_EQ(count(whole, "id: "), kFrames);
  for (std::uint32_t i = 0; i + 1 < kFrames; ++i)
    EXPECT_LT(whole.find(fmt::format("id: {}\n", i)), whole.find(fmt::format("id: {}\n", i + 1)));
  // Small rows are bounded by their number.
  ASSERT_NO_FATAL_FAILURE(queue_ok("small"));
  const auto small = arguments_of(take_one(node())).job_id;
  constexpr std::int64_t kRows = kMaxFrameRowsAtOnce + 10;
  const auto line = frame(0) + "\n";
  auto fill = [&](storage::Transaction& tx) -> Task<base::Status> {
    for (std::int64_t i = 0; i < kRows; ++i) {
      const NewFrames one{.job_id = small.text(),
                          .node_id = node().id().text(),
                          .first = i,
                          .count = 1,
                          .bytes_before = i * std::ssize(line),
                          .frames = line,
                          .at_ms = 1};
      bool done = false;
      CO_TRY_OK(co_await append_frames(tx, one, done));
    }
    co_return base::Status();
  };
  ASSERT_TRUE(write(std::move(fill)).ok());
  rows = rows_from(small, 0, kMaxStreamPieceBytes, moved);
  EXPECT_EQ(std::ssize(rows), kMaxFrameRowsAtOnce);
  EXPECT_EQ(std::ssize(rows_from(small, kRows - 3, kMaxStreamPieceBytes, moved)), 3);
}

TEST_P(PrivateJobStreamLimitsTest, ANodeKeepsSoMuchHere) {
  const auto first = big_stream("a", 1);
  static constexpr Statement kFill{"UPDATE private_streams SET kept_size = $1"};
  auto fill = [&](storage::Transaction& tx) -> Task<base::Status> {
    const Value values[] = {kMaxStreamBytesOfNode - 1'000};
    CO_TRY_OK(co_await tx.exec(kFill, values));
    co_return base::Status();
  };
  ASSERT_TRUE(write(std::move(fill)).ok());
  ASSERT_NO_FATAL_FAILURE(queue_ok("b"));
  const auto second = take_one(node());
  const auto job = arguments_of(second).job_id;
  EXPECT_EQ(bring_frames(node(), frames(job, 0, 1)).standing, StreamStanding::open);
  ASSERT_NO_FATAL_FAILURE(queue_ok("c"));
  const auto third = arguments_of(take_one(node())).job_id;
  EXPECT_EQ(bring_frames(node(), {third, 0, {frame(0, false, kBigBytes)}}).standing,
            StreamStanding::closed);
  EXPECT_NE(metrics().find("b3iq_control_streams_closed_total{why=\"node_limit\"} 1\n"),
            std::string::npos);
  // Room is there again when the old ones are gone.
  EXPECT_EQ(bring(first, node(), protocol::CommandFailure{base::ErrorCode::internal, "no"}).status,
            200);
  pass_ms(kUnbilledFramesKeptMs + 1);
  ASSERT_TRUE(run(app().job_upkeep().drop_streams()).ok());
  EXPECT_EQ(bring_frames(node(), {third, 0, {frame(0, false, kBigBytes)}}).standing,
            StreamStanding::open);
}

class FrameBytesLimitTest : public StreamFixture {
 protected:
  ControlSettings settings() const override {
    auto settings = StreamFixture::settings();
    settings.limits.node_per_minute = 1'000'000;
    return settings;
  }
};

TEST_P(FrameBytesLimitTest, ANodeBringsSoMuchInAMinute) {
  const std::string body(protocol::kMaxFramesBytes, 'x');
  const auto bring_some = [&] {
    return send(node().sign(protocol::SignatureTag::frames, Method::post,
                            protocol::frames_path(node().id()), body, audience()));
  };
  std::int64_t bytes = 0;
  auto answer = bring_some();
  for (; answer.status == 400 && bytes <= kFrameBytesPerMinute; answer = bring_some())
    bytes += std::ssize(body);
  EXPECT_EQ(answer.status, 429) << answer.body;
  EXPECT_NE(answer.retry_after, "");
  EXPECT_EQ(bytes, kFrameBytesPerMinute);
  heartbeat_ok(node());
}

TEST_P(PrivateJobStreamLimitsTest, FramesOfAJobThatCostNothingGoSoon) {
  const auto failed = big_stream("failed", 1);
  const auto paid = big_stream("paid", 1);
  EXPECT_EQ(bring(failed, node(), protocol::CommandFailure{base::ErrorCode::internal, "no"}).status,
            200);
  finish(paid);
  pass_ms(kUnbilledFramesKeptMs - 1'000);
  ASSERT_TRUE(run(app().job_upkeep().drop_streams()).ok());
  EXPECT_EQ(rows_of_frames(), 2) << "their readers have a minute";
  pass_ms(2'000);
  ASSERT_TRUE(run(app().job_upkeep().drop_streams()).ok());
  EXPECT_EQ(rows_of_frames(), 1);
  EXPECT_EQ(count(send(streaming("paid")).body, "id: "), kInRow);
  EXPECT_NE(send(streaming("failed")).body.find("event: end"), std::string::npos);
  pass_ms(kFramesKeptMs);
  ASSERT_TRUE(run(app().job_upkeep().drop_streams()).ok());
  EXPECT_EQ(rows_of_frames(), 0);
}

TEST_P(PrivateJobStreamLimitsTest, AStreamIsDroppedInPartsFromItsEnd) {
  constexpr std::uint32_t kRows = 20;
  const auto leased = big_stream("a", kRows);
  finish(leased);
  bool gone = true;
  auto drop_one = [&](storage::Transaction& tx) {
    return drop_frames(tx, arguments_of(leased).job_id.text(), gone);
  };
  ASSERT_TRUE(write(drop_one).ok());
  EXPECT_FALSE(gone);
  const auto left = rows_of_frames();
  EXPECT_GT(left, 0);
  EXPECT_LT(left, kRows);
  EXPECT_EQ(first_row(), 0);
  // Who still reads it finds a beginning, and no gap.
  const auto read = send(streaming("a")).body;
  EXPECT_EQ(static_cast<std::int64_t>(count(read, "id: ")), left * kInRow);
  EXPECT_NE(read.find("event: end"), std::string::npos);
  const auto last = fmt::format("from={}", (kRows - 1) * kInRow);
  EXPECT_EQ(count(send(streaming("a", last)).body, "id: "), 0u);
  pass_ms(kFramesKeptMs + 1);
  ASSERT_TRUE(run(app().job_upkeep().drop_streams()).ok());
  EXPECT_EQ(rows_of_frames(), 0);
  EXPECT_EQ(rows_of_streams(), 0);
}

TEST_P(PrivateJobStreamLimitsTest, AStreamThatCannotBeDroppedDoesNotKeepTheOthers) {
  finish(big_stream("a", 1));
  finish(big_stream("b", 1));
  pass_ms(kFramesKeptMs + 1);
  CountingDatabase database(app().database());
  const AuditLog audit(database, clock_);
  const LedgerWriter ledger(clock_, base::system_random());
  const JobSettlement settlement(ledger, clock_);
  JobWaiters waiters(clock_);
  JobUpkeep upkeep({database, audit, clock_, app().commands(), settlement, waiters});
  database.fail_next_write();
  EXPECT_FALSE(run(upkeep.drop_streams()).ok()) << "it is told";
  EXPECT_EQ(rows_of_streams(), 1);
  EXPECT_TRUE(run(upkeep.drop_streams()).ok());
  EXPECT_EQ(rows_of_streams(), 0);
}

TEST_P(PrivateJobStreamLimitsTest, MetricsSayWhatStreamsDo) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto leased = take_one(node());
  const auto job = arguments_of(leased).job_id;
  bring_frames(node(), frames(job, 0, 3));
  bring_frames(node(), frames(job, 1, 4));
  auto stranger = living_node();
  bring_frames(stranger, frames(job, 4, 5));
  const JobPlace reader(app().job_waiters(), {ada().id, "x", JobNews::frames});
  const JobPlace poll(app().job_waiters(), {ada().id, "x", JobNews::end});
  const auto text = metrics();
  const auto kept = 4 * (frame(0).size() + 1);
  for (const auto& line :
       {std::string("b3iq_control_stream_frames_total{outcome=\"taken\"} 4\n"),
        std::string("b3iq_control_stream_frames_total{outcome=\"not_taken\"} 3\n"),
        std::string("b3iq_control_streams_closed_total{why=\"job\"} 1\n"),
        std::string("b3iq_control_stream_readers 1\n"),
        std::string("b3iq_control_private_job_waits 1\n"),
        fmt::format("b3iq_control_stream_bytes {}\n", kept)})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  // A connection of minutes is no request of minutes.
  EXPECT_NE(text.find("b3iq_http_request_seconds_count{operation=\"getPrivateJob\"}"),
            std::string::npos);
  EXPECT_EQ(text.find("b3iq_http_request_seconds_count{operation=\"streamPrivateJob\"}"),
            std::string::npos);
  EXPECT_NE(text.find("operation=\"streamPrivateJob\""), std::string::npos) << "its answers count";
}

B3_ON_EVERY_DATABASE(PrivateJobStreamLimitsTest);
B3_ON_EVERY_DATABASE(FrameBytesLimitTest);

}  // namespace
}  // namespace b3iq::control
