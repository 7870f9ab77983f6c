// Replicas over a real nats-server: what arrives, what does not, and how much of it.
#include "control/wake/nats_wake.h"

#include <gtest/gtest.h>

#include "control/wake/wake_fixture.h"
#include "control/wake/wake_message.h"

namespace b3iq::control {
namespace {

using namespace fixture;

class NatsWakeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    B3_NEEDS_NATS();
    auto started = TestNats::start_new({});
    ASSERT_TRUE(started.ok()) << started.error().detail;
    server_ = std::move(started).value();
  }
  NatsSettings settings() const { return settings_for({server_->port()}); }

  std::unique_ptr<TestNats> server_;
};

TEST_F(NatsWakeTest, WhatIsAnnouncedOnOneReplicaArrivesOnTheOthers) {
  Replica a(settings());
  Replica b(settings());
  Replica c(settings());
  ASSERT_TRUE(a.connects() && b.connects() && c.connects());
  EXPECT_EQ(a.degraded(), "");
  a.announce(node_id(1));
  EXPECT_TRUE(eventually([&] { return b.polls().times(node_id(1)) == 1; }));
  EXPECT_TRUE(eventually([&] { return c.polls().times(node_id(1)) == 1; }));
  b.announce(node_id(2));
  EXPECT_TRUE(eventually([&] { return a.polls().times(node_id(2)) == 1; }));
  // At home at once, and it does not come back.
  EXPECT_EQ(a.polls().times(node_id(1)), 1);
  EXPECT_EQ(a.counted("b3iq_wakes_published_total"), 1);
  EXPECT_EQ(a.counted("b3iq_wakes_received_total"), 1);
  EXPECT_EQ(a.counted("b3iq_wake_connected"), 1);
}

TEST_F(NatsWakeTest, ControlPlanesWithSubjectsOfTheirOwnDoNotHearEachOther) {
  auto other = settings();
  other.subject = "b3iq.staging.wake";
  Replica a(settings());
  Replica b(settings());
  Replica stranger(other);
  ASSERT_TRUE(a.connects() && b.connects() && stranger.connects());
  a.announce(node_id(1));
  ASSERT_TRUE(eventually([&] { return b.polls().times(node_id(1)) == 1; }));
  EXPECT_EQ(stranger.polls().all(), 0);
}

TEST_F(NatsWakeTest, GarbageAndHugePayloadsWakeNothingAndHarmNothing) {
  Replica a(settings());
  Replica b(settings());
  ASSERT_TRUE(a.connects() && b.connects());
  RawNats stranger(server_->port());
  const std::vector<std::string> garbage{
      "",
      std::string(1, '\0'),
      "{}",
      "b3iq-wake-v2\n" + node_id(5),
      std::string(kWakeVersion) + "\n" + node_id(5) + "\n" + std::string(32, 'z'),
      std::string(1 << 20, 'x'),
      std::string(kMaxWakeBytes, '\n'),
      std::string(kWakeVersion) + std::string(900'000, '\n')};
  for (const auto& payload : garbage) stranger.publish("b3iq.wake", payload);
  stranger.flush();
  const auto all = static_cast<double>(garbage.size());
  EXPECT_TRUE(
      eventually([&] { return a.counted("b3iq_wakes_dropped_total", "malformed") == all; }));
  EXPECT_EQ(a.polls().all(), 0);
  EXPECT_TRUE(a.connected());
  b.announce(node_id(6));
  EXPECT_TRUE(eventually([&] { return a.polls().times(node_id(6)) == 1; }));
}

TEST_F(NatsWakeTest, AStormOfAnnouncementsIsBoundedAndPasses) {
  constexpr int kStorm = 100'000;
  constexpr int kNodes = 1'000;
  Replica a(settings());
  Replica b(settings());
  ASSERT_TRUE(a.connects() && b.connects());
  const auto began = std::chrono::steady_clock::now();
  run_on(a.loop(), [&] {
    for (int i = 0; i < kStorm; ++i)
      a.wake().announce(node_id(static_cast<std::uint64_t>(i % kNodes)));
  });
  a.announce(node_id(kNodes));
  ASSERT_TRUE(eventually([&] {
    return a.counted("b3iq_wakes_published_total") +
               a.counted("b3iq_wakes_dropped_total", "outgoing_full") >=
           kNodes + 1;
  }));
  ASSERT_TRUE(eventually([&] {
    return b.counted("b3iq_wakes_received_total") == a.counted("b3iq_wakes_published_total");
  }));
  const auto seconds =
      std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - began);
  EXPECT_LE(a.counted("b3iq_wakes_published_total"), kStorm + 1);
  EXPECT_LE(b.polls().all(), (seconds.count() + 1) * kMaxHeardPerSecond);
  EXPECT_TRUE(a.connected() && b.connected());
}

// Forged wakes cost a bounded number of looks, and real ones work again right after.
TEST_F(NatsWakeTest, AStormOfForgedWakesIsBoundedAndPasses) {
  constexpr std::uint64_t kStorm = 100'000;
  Replica a(settings());
  Replica b(settings());
  ASSERT_TRUE(a.connects() && b.connects());
  const auto began = std::chrono::steady_clock::now();
  RawNats stranger(server_->port());
  for (std::uint64_t i = 0; i < kStorm; ++i)
    stranger.publish("b3iq.wake", encode_wake(std::vector{node_id(1'000 + i)}));
  stranger.flush();
  int real = 0;
  EXPECT_TRUE(eventually([&] {
    if (!a.connected() || !b.connected()) return false;
    b.announce(node_id(static_cast<std::uint64_t>(++real)));
    return a.polls().times(node_id(1)) +
               a.polls().times(node_id(static_cast<std::uint64_t>(real))) >
           0;
  }));
  const auto seconds =
      std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - began);
  EXPECT_LE(a.polls().all(), (seconds.count() + 1) * kMaxHeardPerSecond);
}

TEST_F(NatsWakeTest, EndingWithWorkUnderWayIsQuiet) {
  for (int i = 0; i < 10; ++i) {
    Replica a(settings());
    Replica b(settings());
    if (i % 2 == 0) {
      ASSERT_TRUE(a.connects() && b.connects());
    }
    run_on(a.loop(), [&] {
      for (std::uint64_t n = 0; n < 500; ++n) a.wake().announce(node_id(n));
    });
  }
}

}  // namespace
}  // namespace b3iq::control
