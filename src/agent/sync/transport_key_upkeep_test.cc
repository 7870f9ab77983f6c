// What becomes of a node's transport keys with time, on a clock that the test moves.
#include "agent/sync/transport_key_upkeep.h"

#include "agent/sync/managed_fixture.h"
#include "agent/sync/transport_key_rotation.h"

namespace b3iq::agent {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;

class TransportKeyUpkeepTest : public ManagedFixture {
 protected:
  void rotate(std::int64_t grace_seconds) {
    const auto rotated =
        run_task(loop_, rotate_transport_key(*store_, identity_, clock_, grace_seconds));
    ASSERT_TRUE(rotated.ok()) << rotated.error().detail;
    EXPECT_EQ(rotated->binding.key_id, key_id(home_.transport_key()));
  }
  static protocol::TransportKeyId key_id(const std::string& path) {
    const auto key = protocol::TransportKey::load(path);
    EXPECT_TRUE(key.ok()) << key.error().detail;
    return key.ok() ? key->key_id() : protocol::TransportKeyId();
  }
  bool has_old_key() const { return std::filesystem::exists(home_.old_transport_key()); }
  // Lets this much time pass, and then the node beat twice.
  void pass(std::int64_t ms) {
    wake_.advance_ms(ms);
    const auto beats = control_->seen["heartbeat"];
    ASSERT_TRUE(reach([&] { return control_->seen["heartbeat"] >= beats + 2; }, 200));
    ASSERT_TRUE(reach([this] { return store_->idle(); }));
  }
};

TEST_F(TransportKeyUpkeepTest, TheOldKeyOpensForItsGraceAndIsThenDestroyed) {
  join();
  const auto first = key_id(home_.transport_key());
  rotate(3'600);
  EXPECT_EQ(key_id(home_.old_transport_key()), first);
  pass(50 * kMinuteMs);
  EXPECT_EQ(key_id(home_.old_transport_key()), first);
  const auto now = key_id(home_.transport_key());
  pass(11 * kMinuteMs);
  EXPECT_FALSE(has_old_key());
  EXPECT_EQ(key_id(home_.transport_key()), now);
  EXPECT_FALSE(store_->key_times().old_until_ms.has_value());
}

TEST_F(TransportKeyUpkeepTest, TheGraceOutlivesARestartAndEndsAlsoWhileTheNodeIsDown) {
  join();
  rotate(3'600);
  restart();
  ASSERT_TRUE(reach([this] { return link().state == LinkState::connected; }));
  pass(50 * kMinuteMs);
  EXPECT_TRUE(has_old_key()) << "within the grace";
  close();
  EXPECT_TRUE(has_old_key());
  wake_.advance_ms(kHourMs);
  open();
  start();
  EXPECT_TRUE(reach([this] { return !has_old_key(); }));
}

TEST_F(TransportKeyUpkeepTest, TheGraceEndsAlsoWhenTheControlPlaneIsGone) {
  join();
  rotate(60);
  control_->instead = [](std::string_view) -> std::optional<http::Response> {
    return ScriptedControlPlane::refusal(base::ErrorCode::internal);
  };
  pass(2 * kMinuteMs);
  EXPECT_FALSE(has_old_key());
}

TEST_F(TransportKeyUpkeepTest, NoGraceIsNone) {
  join();
  rotate(0);
  pass(0);
  EXPECT_FALSE(has_old_key());
}

TEST_F(TransportKeyUpkeepTest, ASecondRotationDestroysTheFirstKeyAtOnce) {
  join();
  rotate(3'600);
  const auto second = key_id(home_.transport_key());
  rotate(3'600);
  EXPECT_EQ(key_id(home_.old_transport_key()), second);
  pass(61 * kMinuteMs);
  EXPECT_FALSE(has_old_key());
}

TEST_F(TransportKeyUpkeepTest, AnOldKeyWhoseTimeIsNotKnownIsDestroyed) {
  join();
  rotate(3'600);
  close();
  std::filesystem::resize_file(home_.managed() + "/" + std::string(kTransportKeyTimesFile), 10);
  open();
  start();
  EXPECT_TRUE(reach([this] { return !has_old_key(); }));
}

}  // namespace
}  // namespace b3iq::agent
