#include "agent/models/model_posture.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "agent/cli/run_task.h"
#include "agent/migrations/schema.h"
#include "agent/models/model_profile.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {
namespace {

class ModelPostureTest : public ::testing::Test {
 protected:
  ModelPostureTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-posture-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    auto opened = storage::open_sqlite(folder_ + "/state.db");
    EXPECT_TRUE(opened.ok());
    database_ = std::move(opened).value();
    EXPECT_TRUE(database_->migrate(state_migrations()).ok());
  }
  ~ModelPostureTest() override {
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  http::EventLoop loop_;
  std::string folder_;
  std::unique_ptr<storage::Database> database_;
};

TEST_F(ModelPostureTest, IsKeptAndAudited) {
  AuditLog audit(*database_, base::system_clock());
  ModelPostures postures(*database_, audit);
  ASSERT_TRUE(postures.load().ok());
  EXPECT_FALSE(postures.of("m").network_eligible);
  const ModelPosture network{.network_eligible = true};
  const ModelPosture paid{.network_eligible = true, .paid_route_eligible = true};
  ASSERT_TRUE(run_task(loop_, postures.set("m", paid, "user_1")).ok());
  ASSERT_TRUE(run_task(loop_, postures.set("m", network, "user_1")).ok());
  EXPECT_TRUE(postures.of("m").network_eligible);
  EXPECT_FALSE(postures.of("m").paid_route_eligible);
  ModelPostures again(*database_, audit);
  ASSERT_TRUE(again.load().ok());
  EXPECT_TRUE(again.of("m").network_eligible);
  EXPECT_FALSE(again.of("m").paid_route_eligible);
  EXPECT_FALSE(again.of("n").network_eligible);
  const auto entries = run_task(loop_, audit.list(0, 10));
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ(entries->front().act, "model.posture_set");
  EXPECT_EQ(entries->front().actor, "user_1");
  EXPECT_EQ(entries->front().subject, "m");
}

std::vector<std::string_view> gates(const ModelProfile& profile, const ModelPosture& posture) {
  std::vector<std::string_view> gates;
  for (const auto& blocker : blockers_of(profile, posture)) {
    gates.push_back(blocker.gate);
    EXPECT_FALSE(blocker.detail.empty());
  }
  return gates;
}

TEST(ModelBlockers, TheNetworksGatesAreClosedWhateverTheOwnerAllows) {
  ModelProfile profile;
  profile.status = ProfileStatus::installed;
  profile.queue_health = QueueHealth::healthy;
  const std::vector<std::string_view> closed = {"fresh_heartbeat", "public_route_ready",
                                                "protocol_ready", "policy_ready"};
  EXPECT_EQ(gates(profile, {true, true}), closed);
  EXPECT_EQ(gates(profile, {}), closed);
  EXPECT_EQ(blockers_of(profile, {true, true}).back().detail.find("owner"), std::string::npos);
  EXPECT_NE(blockers_of(profile, {true, false}).back().detail.find("owner"), std::string::npos);
}

TEST(ModelBlockers, ARuntimeThatCannotServeIsOne) {
  ModelProfile profile;
  for (const auto status : {ProfileStatus::ready_to_install, ProfileStatus::runtime_missing,
                            ProfileStatus::hardware_unsupported}) {
    profile.status = status;
    EXPECT_EQ(gates(profile, {}).at(3), "runtime_ready");
  }
  profile.status = ProfileStatus::installed;
  profile.queue_health = QueueHealth::blocked;
  EXPECT_EQ(gates(profile, {}).at(3), "runtime_ready");
}

}  // namespace
}  // namespace b3iq::agent
