// What becomes of a node's transport keys with time, on a clock that the test moves.
#include "agent/sync/transport_key_upkeep.h"

#include "agent/setup/enrollment_routes.h"
#include "agent/sync/managed_fixture.h"
#include "agent/sync/transport_key_rotation.h"

namespace b3iq::agent {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;
constexpr std::int64_t kLifeMs = protocol::kMaxTransportKeyLifeMs;

class TransportKeyUpkeepTest : public ManagedFixture {
 protected:
  void rotate(std::int64_t grace_seconds) {
    const auto rotated = run_task(loop_, rotate_transport_key(*store_, identity_, clock_,
                                                              {control_->now_ms(), grace_seconds}));
    ASSERT_TRUE(rotated.ok()) << rotated.error().detail;
    EXPECT_EQ(rotated->binding.key_id, key_id(home_.transport_key()));
    const auto right =
        protocol::verify_transport_key_binding(*rotated, identity_.node_id(), control_->now_ms());
    EXPECT_TRUE(right.ok()) << right.error().detail;
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

class BindingRenewalTest : public TransportKeyUpkeepTest {
 protected:
  int enrollments() { return control_->seen["enroll"]; }
  std::optional<base::Error> error() const { return service_->report().key_binding_error; }
  std::string shown() const {
    std::string out;
    json::Writer w(out);
    w.begin_object();
    write_enrollment(w, *service_);
    w.end_object();
    return out;
  }
  // Time passes until the binding is due.
  void come_due() { pass(kLifeMs / 100 * 81); }
};

TEST_F(BindingRenewalTest, ItRenewsItselfLongBeforeItsEndWithoutAToken) {
  join();
  EXPECT_TRUE(control_->had_token);
  const auto first = control_->enrolled->transport_key.binding;
  EXPECT_EQ(service_->report().key_bound_until_ms, first.not_after_ms);
  pass(kLifeMs / 100 * 69);
  EXPECT_EQ(enrollments(), 1) << "not before it is due";
  pass(kLifeMs / 100 * 12);
  ASSERT_TRUE(reach([this] { return enrollments() == 2; }, 200));
  EXPECT_FALSE(control_->had_token);
  const auto second = control_->enrolled->transport_key.binding;
  EXPECT_EQ(second.key_id, first.key_id) << "the same key, bound for longer";
  EXPECT_GT(second.not_after_ms, first.not_after_ms + kLifeMs / 2);
  EXPECT_EQ(control_->enrolled->boot_epoch, control_->heartbeats.back().boot_epoch);
  ASSERT_TRUE(
      reach([&] { return service_->report().key_bound_until_ms == second.not_after_ms; }, 200));
  EXPECT_FALSE(error().has_value());
  EXPECT_NE(shown().find("\"bound_until\":\"" + base::format_rfc3339(second.not_after_ms)),
            std::string::npos)
      << shown();

  // It is on disk: a start after it has nothing to renew.
  restart();
  ASSERT_TRUE(reach([this] { return link().state == LinkState::connected; }));
  EXPECT_EQ(service_->report().key_bound_until_ms, second.not_after_ms);
  pass(2 * kHourMs);
  EXPECT_EQ(enrollments(), 2);
}

TEST_F(BindingRenewalTest, AFailureIsToldAndTriedAgainLater) {
  join();
  for (const std::string route : {"challenge", "enroll"}) {
    control_->instead = [&route](std::string_view name) -> std::optional<http::Response> {
      if (name != route) return std::nullopt;
      return ScriptedControlPlane::refusal(base::ErrorCode::overloaded);
    };
    const auto before = control_->seen[route];
    come_due();
    ASSERT_TRUE(reach([this] { return error().has_value(); }, 200));
    EXPECT_EQ(control_->seen[route], before + 1);
    EXPECT_EQ(error()->code, base::ErrorCode::overloaded);
    EXPECT_NE(shown().find("\"error\":{\"code\":\"overloaded\""), std::string::npos) << shown();
    EXPECT_EQ(link().state, LinkState::connected) << "nothing else suffers from it";
    pass(kHourMs / 2);
    EXPECT_EQ(control_->seen[route], before + 1) << "not at each heartbeat";
    control_->instead = {};
    pass(kHourMs);
    ASSERT_TRUE(reach([this] { return !error().has_value(); }, 200)) << error()->detail;
    EXPECT_GT(control_->seen[route], before + 1);
  }
}

TEST_F(BindingRenewalTest, ItIsNotTriedWhileTheControlPlaneTakesNoHeartbeats) {
  join();
  const auto before = control_->seen["challenge"];
  control_->instead = [](std::string_view name) -> std::optional<http::Response> {
    if (name != "heartbeat") return std::nullopt;
    return ScriptedControlPlane::refusal(base::ErrorCode::node_suspended);
  };
  come_due();
  EXPECT_EQ(control_->seen["challenge"], before);
  control_->instead = {};
  ASSERT_TRUE(reach([this] { return enrollments() == 2; }, 200)) << "but once it does";
}

TEST_F(BindingRenewalTest, AKeyThatIsReplacedMeanwhileIsBoundAsTheLastOne) {
  join();
  const auto first = key_id(home_.transport_key());
  control_->instead = [this](std::string_view name) -> std::optional<http::Response> {
    // What comes after the challenge waits for its answer.
    if (name == "challenge") control_->hangs = true;
    return std::nullopt;
  };
  wake_.advance_ms(kLifeMs / 100 * 81);
  ASSERT_TRUE(reach([this] { return enrollments() == 2; }));
  rotate(3'600);
  const auto now = key_id(home_.transport_key());
  control_->instead = {};
  const auto before = control_->enrolled->boot_epoch;
  control_->hangs = false;
  ASSERT_TRUE(reach([&] { return control_->enrolled->boot_epoch != before; }));
  EXPECT_EQ(control_->enrolled->transport_key.binding.key_id, first) << "of the key before";
  ASSERT_TRUE(reach([&] { return control_->enrolled->transport_key.binding.key_id == now; }, 200))
      << "at the next heartbeat";
  EXPECT_EQ(enrollments(), 3);
  EXPECT_FALSE(error().has_value());
}

// Its result may be lost on every way there is: the command ends otherwise meanwhile, or the node.
TEST_F(BindingRenewalTest, ARotatedKeyIsBoundAlsoWhenItsResultNeverArrives) {
  join();
  rotate(3'600);
  const auto second = key_id(home_.transport_key());
  EXPECT_EQ(service_->report().key_bound_until_ms, 0) << "nobody has said that it is";
  ASSERT_TRUE(reach([this] { return enrollments() == 2; }, 200)) << "at the next heartbeat";
  EXPECT_EQ(control_->enrolled->transport_key.binding.key_id, second);
  EXPECT_FALSE(control_->had_token);
  ASSERT_TRUE(reach([this] { return service_->report().key_bound_until_ms != 0; }, 200));
  EXPECT_TRUE(has_old_key()) << "its grace goes on";

  // Soon after a renewal, too; and over the end of the process.
  rotate(3'600);
  ASSERT_TRUE(reach([this] { return enrollments() == 3; }, 200));
  rotate(3'600);
  const auto last = key_id(home_.transport_key());
  restart();
  ASSERT_TRUE(reach([this] { return enrollments() == 4; }, 200));
  EXPECT_EQ(control_->enrolled->transport_key.binding.key_id, last);
  ASSERT_TRUE(reach([this] { return service_->report().key_bound_until_ms != 0; }))
      << "the answer arrived, before time passes that it is given";
  pass(2 * kHourMs);
  EXPECT_EQ(enrollments(), 4) << "once is enough";
  EXPECT_FALSE(error().has_value());
}

TEST_F(BindingRenewalTest, ARotatedKeyIsBoundByTheControlPlanesClock) {
  control_->clock_ahead_ms = -kHourMs;
  join();
  rotate(3'600);
  const auto now = key_id(home_.transport_key());
  ASSERT_TRUE(reach([this] { return enrollments() == 2; }, 200));
  EXPECT_EQ(control_->enrolled->transport_key.binding.key_id, now);
  EXPECT_FALSE(error().has_value());
  EXPECT_TRUE(has_old_key());
}

TEST_F(BindingRenewalTest, TheControlPlaneMayAskForIt) {
  join();
  control_->notices = {protocol::NodeNotice::transport_key_expires};
  pass(2 * kHourMs);
  ASSERT_TRUE(reach([this] { return enrollments() >= 2; }, 200));
  const auto before = enrollments();
  pass(kHourMs / 2);
  EXPECT_EQ(enrollments(), before) << "once an hour at most";
}

}  // namespace
}  // namespace b3iq::agent
