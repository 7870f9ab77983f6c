// What a control plane that is behind asks of its nodes, and that it then waits for as long.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>

#include "base/join.h"
#include "control/nodes/heartbeat_batcher.h"
#include "control/nodes/lease_store.h"
#include "control/testing/control_fixture.h"
#include "control/testing/counting_database.h"

namespace b3iq::control {
namespace {

using base::Status;
using base::Task;

TEST(HeartbeatPace, IsStretchedByWhatWaitsAndBounded) {
  constexpr auto kPace = kHeartbeatIntervalMs;
  EXPECT_EQ(stretched_interval_ms(kPace, 0), kPace);
  EXPECT_EQ(stretched_interval_ms(kPace, kHeartbeatsBehind - 1), kPace);
  EXPECT_EQ(stretched_interval_ms(kPace, kHeartbeatsBehind), 2 * kPace);
  EXPECT_EQ(stretched_interval_ms(kPace, 3 * kHeartbeatsBehind), 4 * kPace);
  EXPECT_EQ(stretched_interval_ms(kPace, kMaxWaitingForBatch), 4 * kPace);
  EXPECT_LE(kMostHeartbeatStretch * kPace, protocol::kMaxHeartbeatIntervalMs);
}

TEST(HeartbeatPace, OnlyABatchOfManyThatIsNotFullLetsAStartPass) {
  EXPECT_FALSE(grows_further(1, 1));
  EXPECT_FALSE(grows_further(kGrowingNodeBatch - 1, kGrowingNodeBatch - 1));
  EXPECT_TRUE(grows_further(kGrowingNodeBatch, kGrowingNodeBatch));
  EXPECT_FALSE(grows_further(kGrowingNodeBatch, kMaxBatchWeight)) << "few that bring much";
  EXPECT_FALSE(grows_further(kFullNodeBatch, kFullNodeBatch));
}

TEST(HeartbeatPace, ALeaseHoldsForFourOfTheIntervalsThatWereToldAndAMinuteAtLeast) {
  EXPECT_EQ(heartbeat_lease_ms(1'000), kHeartbeatLeaseMs);
  EXPECT_EQ(heartbeat_lease_ms(kHeartbeatIntervalMs), kHeartbeatLeaseMs);
  EXPECT_EQ(heartbeat_lease_ms(4 * kHeartbeatIntervalMs), 4 * kHeartbeatLeaseMs);
  EXPECT_EQ(heartbeat_expires_at(7, 240'000), 240'007);
  EXPECT_FALSE(heartbeat_expires_at(0, 240'000).has_value());
}

// Nodes that have a lease and send nothing but heartbeats.
class HeartbeatPaceTest : public ControlTest {
 protected:
  struct Beat {
    protocol::VerifiedRequest request;
    protocol::Heartbeat heartbeat;
    protocol::ManagedErrorFacts facts;
    std::optional<std::int64_t> told_ms;
    std::size_t place = 0;  // of its answer among all
  };

  void make_nodes(std::size_t count) {
    beats_.resize(count);
    auto body = [this](storage::Transaction& tx) -> Task<Status> {
      for (auto& beat : beats_) {
        beat.request.node_id = protocol::NodeIdentity::generate(base::system_random()).node_id();
        beat.heartbeat.boot_epoch = 1;
        beat.heartbeat.status = protocol::NodeStatus::ready;
        beat.heartbeat.agent_version = "1.0.0";
        const NewLease lease{beat.request.node_id.text(), 1, 1, "1.0.0"};
        bool made = false;
        CO_TRY_OK(co_await insert_lease(tx, lease, made));
      }
      co_return Status();
    };
    const auto written = run(app().database().write(std::move(body)));
    ASSERT_TRUE(written.ok()) << written.error().detail;
  }
  // Of all nodes, at once.
  void beat_all() { beat_all(app().heartbeats()); }
  void beat_all(HeartbeatBatcher& batcher) {
    std::size_t answers = 0;
    auto one = [&batcher, &answers](Beat& beat) -> Task<void> {
      ++beat.request.sequence;
      const auto answer = co_await batcher.record(beat.request, beat.heartbeat, beat.facts);
      EXPECT_TRUE(answer.ok());
      if (answer.ok()) beat.told_ms = answer->next_heartbeat_ms;
      beat.place = answers++;
    };
    auto all = [this, &one]() -> Task<bool> {
      std::vector<Task<void>> tasks;
      tasks.reserve(beats_.size());
      for (auto& beat : beats_) tasks.push_back(one(beat));
      co_await base::join_all(std::move(tasks));
      co_return true;
    };
    run(all());
  }
  std::int64_t told(std::int64_t interval_ms) const {
    return std::ranges::count(beats_, interval_ms, &Beat::told_ms);
  }
  std::int64_t online() { return run(app().nodes().counts())->online; }

  std::vector<Beat> beats_;
};

TEST_P(HeartbeatPaceTest, G9_113_OneThatIsBehindAsksForFewerHeartbeatsAndWaitsAsLong) {
  const auto count =
      static_cast<std::int64_t>(kMaxNodeBatch + 3 * kHeartbeatsBehind + kMaxNodeBatch);
  make_nodes(static_cast<std::size_t>(count));
  beat_all();
  const auto usual = told(kHeartbeatIntervalMs);
  EXPECT_GT(usual, 0) << "the last ones had nobody behind them";
  EXPECT_GT(told(2 * kHeartbeatIntervalMs), 0);
  EXPECT_GT(told(4 * kHeartbeatIntervalMs), 0) << "the first ones";
  EXPECT_EQ(usual + told(2 * kHeartbeatIntervalMs) + told(3 * kHeartbeatIntervalMs) +
                told(4 * kHeartbeatIntervalMs),
            count)
      << "and nobody more than that";
  EXPECT_EQ(online(), count);
  clock_.advance_ms(kHeartbeatLeaseMs + 1);
  EXPECT_EQ(online(), count - usual) << "who was told to wait is not late";
  clock_.advance_ms(3 * kHeartbeatLeaseMs);
  EXPECT_EQ(online(), 0);

  // Once there is no backlog, a node is back at the usual pace and the usual lease.
  beats_.resize(kMaxNodeBatch);
  beat_all();
  EXPECT_EQ(told(kHeartbeatIntervalMs), std::ssize(beats_));
  clock_.advance_ms(kHeartbeatLeaseMs + 1);
  EXPECT_EQ(online(), 0);
}

TEST_P(HeartbeatPaceTest, WhoCameFirstIsInTheFirstBatchWhateverItsId) {
  make_nodes(kMaxNodeBatch + 10);
  std::ranges::sort(beats_, std::greater<>(),
                    [](const Beat& beat) { return beat.request.node_id.text(); });
  beat_all();
  for (std::size_t i = 0; i < beats_.size(); ++i)
    EXPECT_EQ(beats_[i].place < kMaxNodeBatch, i < kMaxNodeBatch) << i << " at " << beats_[i].place;
}

TEST_P(HeartbeatPaceTest, WhoIsRefusedBecauseTooManyWaitIsToldWhenToComeAgain) {
  CountingDatabase database(app().database());
  database.fail_writes();
  const AuditLog audit(database, clock_);
  CommitPace pace(app().loop());
  HeartbeatBatcher batcher(database, audit, clock_, pace, kHeartbeatIntervalMs);
  const auto identity = protocol::NodeIdentity::generate(base::system_random());
  std::deque<Beat> beats(kMaxWaitingForBatch + 1);
  std::vector<std::optional<base::Error>> errors(beats.size());
  auto one = [&](std::size_t i) -> Task<void> {
    beats[i].request.node_id = protocol::NodeId::trusted(fmt::format("b3n_{}", i));
    auto answer = co_await batcher.record(beats[i].request, beats[i].heartbeat, beats[i].facts);
    if (!answer.ok()) errors[i] = std::move(answer).error();
  };
  auto all = [&]() -> Task<bool> {
    std::vector<Task<void>> tasks;
    for (std::size_t i = 0; i < beats.size(); ++i) tasks.push_back(one(i));
    co_await base::join_all(std::move(tasks));
    co_return true;
  };
  run(all());
  ASSERT_TRUE(errors.front() && errors.back());
  EXPECT_EQ(errors.front()->code, base::ErrorCode::storage_failed);
  EXPECT_EQ(errors.back()->code, base::ErrorCode::overloaded);
  EXPECT_EQ(errors.back()->retry_after_ms, kBatchRetryMs);
}

TEST_P(HeartbeatPaceTest, CommitsStartApartUnlessEnoughWaitAndNobodyElseComes) {
  const AuditLog audit(app().database(), clock_);
  const auto took_ms = [this](HeartbeatBatcher& batcher) {
    const auto begun = base::system_clock().steady_ns();
    beat_all(batcher);
    return (base::system_clock().steady_ns() - begun) / 1'000'000;
  };
  make_nodes(3);
  constexpr std::int64_t kApartMs = 30;
  CommitPace pace(app().loop(), kApartMs);
  HeartbeatBatcher paced(app().database(), audit, clock_, pace, kHeartbeatIntervalMs);
  beat_all(paced);
  beat_all(paced);
  EXPECT_GE(took_ms(paced), kApartMs / 2) << "the third starts as long after the second";
  EXPECT_EQ(paced.stats().batches, 3U);

  // Whoever comes after a pause goes at once, and so do enough of them behind it.
  constexpr std::int64_t kFarApartMs = 3'000;
  CommitPace slow(app().loop(), kFarApartMs);
  HeartbeatBatcher batcher(app().database(), audit, clock_, slow, kHeartbeatIntervalMs);
  beats_.resize(1);
  EXPECT_LT(took_ms(batcher), kFarApartMs);
  beats_.clear();
  make_nodes(kEnoughForBatch);
  EXPECT_LT(took_ms(batcher), kFarApartMs);
  EXPECT_EQ(batcher.stats().entries, kEnoughForBatch + 1);
  // What was paused looks once more, while the batcher is there.
  auto rest = [this]() -> Task<bool> {
    co_await app().loop().sleep(kFarApartMs);
    co_return true;
  };
  EXPECT_TRUE(run(rest()));
}

B3_ON_EVERY_DATABASE(HeartbeatPaceTest);

}  // namespace
}  // namespace b3iq::control
