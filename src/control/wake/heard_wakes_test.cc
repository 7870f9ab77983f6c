// What reaches the polls, how often at most, and what is left out.
#include "control/wake/heard_wakes.h"

#include <gtest/gtest.h>

#include "base/unique_function.h"
#include "control/wake/wake_fixture.h"
#include "control/wake/wake_message.h"

namespace b3iq::control {
namespace {

using fixture::node_id;
using fixture::Polls;

// Runs what was posted when the test says so: a loop that is busy until then.
class BusyLoop final : public base::Executor {
 public:
  void post(base::UniqueFunction<void()> function) override {
    posted_.push_back(std::move(function));
  }
  void post(std::coroutine_handle<> /*handle*/) override { FAIL(); }
  void post(std::span<const std::coroutine_handle<>> /*handles*/) override { FAIL(); }
  std::size_t posted() const { return posted_.size(); }
  void turn() {
    auto now = std::move(posted_);
    posted_.clear();
    for (auto& function : now) function();
  }

 private:
  std::vector<base::UniqueFunction<void()>> posted_;
};

class Heard : public ::testing::Test {
 protected:
  void hear(std::uint64_t first, std::uint64_t count) {
    while (count > 0) {
      std::vector<std::string> nodes;
      for (; count > 0 && nodes.size() < kMaxNodesPerWake; --count)
        nodes.push_back(node_id(first++));
      heard_->hear(encode_wake(nodes));
    }
  }
  double dropped(const char* reason) { return dropped_wakes(metrics_, reason).value(); }

  BusyLoop loop_;
  base::FakeClock clock_;
  base::Metrics metrics_;
  Polls polls_;
  std::shared_ptr<HeardWakes> heard_ =
      std::make_shared<HeardWakes>(loop_, clock_, metrics_, polls_);
};

TEST(WaitingNodes, HoldEachOnceAndNoMoreThanTheirBound) {
  WaitingNodes waiting;
  using enum WaitingNodes::Added;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const auto added = waiting.add(node_id(i % (2 * kMaxWaitingNodes)));
    const auto position = i % (2 * kMaxWaitingNodes);
    EXPECT_EQ(added, position >= kMaxWaitingNodes ? full : i == position ? yes : was_there);
  }
  EXPECT_EQ(waiting.size(), kMaxWaitingNodes);
  EXPECT_EQ(waiting.take().size(), kMaxWaitingNodes);
  EXPECT_TRUE(waiting.empty());
}

TEST_F(Heard, ANodeThatIsNamedAgainWhileItWaitsCountsOnce) {
  for (int i = 0; i < 1000; ++i) hear(7, 1);
  EXPECT_EQ(loop_.posted(), 1U);
  loop_.turn();
  EXPECT_EQ(polls_.times(node_id(7)), 1);
  hear(7, 1);
  loop_.turn();
  EXPECT_EQ(polls_.times(node_id(7)), 2);
}

TEST_F(Heard, ABusyLoopIsHandedNoMoreThanTheQueueHolds) {
  hear(0, 100'000);
  EXPECT_EQ(loop_.posted(), 1U);
  EXPECT_EQ(dropped("incoming_full"), 100'000 - static_cast<double>(kMaxWaitingNodes));
  loop_.turn();
  EXPECT_EQ(polls_.all(), kMaxHeardPerSecond);
  EXPECT_EQ(dropped("rate"), static_cast<double>(kMaxWaitingNodes) - kMaxHeardPerSecond);
}

TEST_F(Heard, NoMoreThanABoundedNumberPassesInASecond) {
  for (int turn = 0; turn < 10; ++turn) {
    hear(static_cast<std::uint64_t>(turn) * 1000, 1000);
    loop_.turn();
  }
  EXPECT_EQ(polls_.all(), kMaxHeardPerSecond);
  clock_.advance_ms(999);
  hear(50'000, 1);
  loop_.turn();
  EXPECT_EQ(polls_.all(), kMaxHeardPerSecond);
  clock_.advance_ms(1);
  hear(50'001, 1);
  loop_.turn();
  EXPECT_EQ(polls_.times(node_id(50'001)), 1);
  EXPECT_EQ(dropped("rate"), 10'000 - kMaxHeardPerSecond + 1);
}

TEST_F(Heard, WhatIsNoWakeIsCountedAndWakesNothing) {
  for (const auto& payload : {std::string(), std::string(8 << 20, 'x'), std::string("b3iq-wake-v9"),
                              std::string(kWakeVersion) + "\nrm -rf /"})
    heard_->hear(payload);
  EXPECT_EQ(loop_.posted(), 0U);
  EXPECT_EQ(dropped("malformed"), 4);
  heard_->hear(encode_wake({}));
  EXPECT_EQ(loop_.posted(), 0U);
  EXPECT_EQ(dropped("malformed"), 4);
}

TEST_F(Heard, AfterItsOwnerIsGoneNothingIsWoken) {
  hear(1, 1);
  heard_->close();
  heard_.reset();
  loop_.turn();
  EXPECT_EQ(polls_.all(), 0);
}

}  // namespace
}  // namespace b3iq::control
