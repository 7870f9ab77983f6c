#include "agent/models/model_profile.h"

#include <gtest/gtest.h>

#include <functional>

namespace b3iq::agent {
namespace {

class SetRuntime final : public inference::Runtime {
 public:
  explicit SetRuntime(inference::RuntimeState state) : state_(state) {}
  std::string_view id() const override { return "set"; }
  std::string_view kind() const override { return "openai"; }
  inference::RuntimeHealth health() const override { return {.state = state_}; }
  base::Task<base::Result<std::vector<inference::RuntimeModel>>> models() override {
    co_return std::vector<inference::RuntimeModel>();
  }
  base::Task<base::Result<std::unique_ptr<inference::TokenStream>>> stream(
      const inference::ChatRequest&, base::CancelToken) override {
    co_return base::Error(base::ErrorCode::unimplemented, "no stream");
  }
  base::Task<base::Result<inference::ChatAnswer>> answer(const inference::ChatRequest&,
                                                         base::CancelToken) override {
    co_return base::Error(base::ErrorCode::unimplemented, "no answer");
  }

 private:
  inference::RuntimeState state_;
};

class ModelProfileTest : public ::testing::Test {
 protected:
  ModelProfile profile(std::vector<inference::Runtime*> runtimes, QueueLimits limits = {}) {
    std::vector<LaneSettings> lanes;
    ModelRoute route;
    for (auto* runtime : runtimes) {
      lanes.push_back({runtime, limits});
      route.targets.push_back({.runtime = runtime, .id = "m", .runtime_model = "m"});
    }
    dispatcher_ = std::make_unique<Dispatcher>(lanes, base::system_clock(), loop_, metrics_);
    if (meet_) meet_(route);
    return profile_of(route, *dispatcher_);
  }

  http::EventLoop loop_;
  base::Metrics metrics_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::function<void(const ModelRoute&)> meet_;
  SetRuntime ready_{inference::RuntimeState::ready};
  SetRuntime loading_{inference::RuntimeState::loading};
  SetRuntime away_{inference::RuntimeState::unreachable};
};

TEST_F(ModelProfileTest, TheRuntimesStateIsTheModels) {
  EXPECT_EQ(profile({&ready_}).status, ProfileStatus::installed);
  EXPECT_EQ(profile({&ready_}).queue_health, QueueHealth::healthy);
  EXPECT_EQ(profile({&loading_}).status, ProfileStatus::installed);
  EXPECT_EQ(profile({&loading_}).queue_health, QueueHealth::unknown);
  EXPECT_EQ(profile({&away_}).status, ProfileStatus::runtime_missing);
  EXPECT_EQ(profile({&away_}).queue_health, QueueHealth::unhealthy);
}

TEST_F(ModelProfileTest, TheBestRuntimeCounts) {
  const auto both = profile({&away_, &ready_});
  EXPECT_EQ(both.status, ProfileStatus::installed);
  EXPECT_EQ(both.queue_health, QueueHealth::healthy);
}

TEST_F(ModelProfileTest, ARuntimeThatKeepsFailingIsUnhealthy) {
  meet_ = [this](const ModelRoute& route) {
    for (int i = 0; i < kFailuresToOpen; ++i) {
      auto lease = dispatcher_->enter_now(route.targets.front());
      ASSERT_TRUE(lease);
      lease->failed(base::ErrorCode::upstream_failed);
    }
  };
  EXPECT_EQ(profile({&ready_}).queue_health, QueueHealth::unhealthy);
}

TEST_F(ModelProfileTest, AQueueWithoutRoomIsBlocked) {
  std::optional<Lease> lease;
  meet_ = [&](const ModelRoute& route) { lease = dispatcher_->enter_now(route.targets.front()); };
  EXPECT_EQ(profile({&ready_}, {.running = 1, .waiting = 0}).queue_health, QueueHealth::blocked);
  lease.reset();
}

TEST(ModelProfile, Names) {
  EXPECT_EQ(profile_status_name(ProfileStatus::ready_to_install), "ready_to_install");
  EXPECT_EQ(profile_status_name(ProfileStatus::hardware_unsupported), "hardware_unsupported");
  EXPECT_EQ(queue_health_name(QueueHealth::busy), "busy");
}

}  // namespace
}  // namespace b3iq::agent
