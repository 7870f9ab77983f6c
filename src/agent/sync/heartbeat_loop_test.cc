#include "agent/sync/heartbeat_loop.h"

#include "agent/sync/managed_fixture.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using http::Response;

constexpr std::int64_t kStep = 200;

class HeartbeatTest : public ManagedFixture {
 protected:
  std::optional<ErrorCode> error() const {
    const auto report = link();
    return report.error ? std::optional(report.error->code) : std::nullopt;
  }
  // Answers heartbeats so; everything else as ever.
  void beats_get(std::function<Response()> answer) {
    control_->instead = [answer =
                             std::move(answer)](std::string_view route) -> std::optional<Response> {
      if (route != "heartbeat") return std::nullopt;
      return answer();
    };
  }
  void beats_are_refused(ErrorCode code) {
    beats_get([code] { return ScriptedControlPlane::refusal(code); });
  }
};

TEST_F(HeartbeatTest, InventoryIsSentWhenItIsAskedForAndNotElse) {
  join();
  ASSERT_TRUE(reach([this] { return control_->heartbeats.size() >= 4; }, kStep));
  ASSERT_EQ(control_->inventories.size(), 1U);
  EXPECT_TRUE(control_->inventories[0].inventory.has_value());
  EXPECT_TRUE(control_->inventories[0].readiness.has_value());
  EXPECT_EQ(control_->heartbeats[0].inventory_hash,
            protocol::inventory_hash(*control_->inventories[0].inventory));
}

TEST_F(HeartbeatTest, TheServersIntervalIsKeptWithJitter) {
  control_->next_heartbeat_ms = 60'000;
  join();
  std::vector<std::int64_t> times;
  for (std::size_t beats = 2; beats < 6; ++beats) {
    ASSERT_TRUE(reach([&] { return control_->heartbeats.size() >= beats; }, kStep));
    times.push_back(wake_.now_ms());
  }
  for (std::size_t i = 1; i < times.size(); ++i) {
    EXPECT_GE(times[i] - times[i - 1], 50'000);
    EXPECT_LE(times[i] - times[i - 1], 75'000);
  }
}

TEST_F(HeartbeatTest, G4_46_AClockTenMinutesOffIsMendedByTheNodeItself) {
  for (const std::int64_t ahead_ms : {std::int64_t{600'000}, std::int64_t{-600'000}}) {
    control_->clock_ahead_ms = ahead_ms;
    const auto before = control_->heartbeats.size();
    if (before == 0) {
      join();
    } else {
      ASSERT_TRUE(reach([&] { return control_->heartbeats.size() > before + 1; }, kStep));
    }
    EXPECT_EQ(link().state, LinkState::connected);
    EXPECT_NEAR(static_cast<double>(service_->report().clock_offset_ms),
                static_cast<double>(ahead_ms), 5'000);
  }
}

TEST_F(HeartbeatTest, G4_43_ANumberThatWasSeenIsSteppedOver) {
  join();
  control_->raise_sequence(protocol::SignatureTag::heartbeat, 5'000'000);
  const auto before = control_->heartbeats.size();
  ASSERT_TRUE(reach([&] { return control_->heartbeats.size() > before; }, kStep));
  EXPECT_EQ(link().state, LinkState::connected);
  // The new numbers are on disk: a start after it goes on above.
  const auto last = control_->sequences.back();
  restart();
  ASSERT_TRUE(reach([&] { return control_->heartbeats.size() > before + 1; }, kStep));
  EXPECT_GT(control_->sequences.back(), last);
}

TEST_F(HeartbeatTest, RetryAfterIsObeyed) {
  join();
  beats_get([] {
    auto response = ScriptedControlPlane::refusal(ErrorCode::overloaded);
    response.headers.push_back({"Retry-After", "300"});
    return response;
  });
  const auto before = control_->seen["heartbeat"];
  ASSERT_TRUE(reach([&] { return control_->seen["heartbeat"] == before + 1; }, kStep));
  ASSERT_TRUE(reach([&] { return link().state == LinkState::unreachable; }));
  const auto refused_at = wake_.now_ms();
  ASSERT_TRUE(reach([&] { return control_->seen["heartbeat"] == before + 2; }, kStep));
  EXPECT_GE(wake_.now_ms() - refused_at, 299'000);
  control_->instead = {};
  ASSERT_TRUE(reach([&] { return link().state == LinkState::connected; }, kStep));
}

TEST_F(HeartbeatTest, NoFaultThatMayPassEndsTheLoop) {
  join();
  const auto garbage = [](std::string body, int status) {
    return [body, status] {
      Response response;
      response.status = status;
      response.body = body;
      return response;
    };
  };
  const std::vector<std::function<Response()>> faults = {
      garbage("", 200),
      garbage("<html>proxy</html>", 200),
      garbage("{\"server_time\":1}", 200),
      garbage(std::string(1'000'000, 'x'), 200),
      garbage("<html>bad gateway</html>", 502),
      garbage("", 302),
      garbage("", 404),
      [] { return ScriptedControlPlane::refusal(ErrorCode::internal); },
      [] { return ScriptedControlPlane::refusal(ErrorCode::wrong_audience); },
      [] { return ScriptedControlPlane::refusal(ErrorCode::invalid_signature); },
      [] { return ScriptedControlPlane::refusal(ErrorCode::replayed); },
      [] { return ScriptedControlPlane::refusal(ErrorCode::clock_skew); }};
  for (const auto& fault : faults) {
    beats_get(fault);
    ASSERT_TRUE(reach([&] { return link().state == LinkState::unreachable; }, kStep));
    EXPECT_FALSE(link().error->detail.empty());
    control_->instead = {};
    ASSERT_TRUE(reach([&] { return link().state == LinkState::connected; }, kStep));
    EXPECT_FALSE(link().error.has_value());
  }
}

TEST_F(HeartbeatTest, AnotherControlPlaneAtTheAddressIsNamed) {
  join();
  beats_are_refused(ErrorCode::wrong_audience);
  ASSERT_TRUE(reach([&] { return error() == ErrorCode::wrong_audience; }, kStep));
  EXPECT_NE(link().error->detail.find("Another control plane answers"), std::string::npos);
}

TEST_F(HeartbeatTest, AControlPlaneThatIsGoneComesBack) {
  join();
  const auto record = service_->report().record;
  // Silence: the connection is taken and nothing comes.
  control_->instead = [](std::string_view) -> std::optional<Response> {
    Response response;
    response.status = 503;
    response.close = true;
    return response;
  };
  ASSERT_TRUE(reach([&] { return link().state == LinkState::unreachable; }, kStep));
  wake_.advance_ms(8 * 3'600'000);  // the machine slept
  control_->instead = {};
  ASSERT_TRUE(reach([&] { return link().state == LinkState::connected; }, kStep));
  EXPECT_EQ(service_->report().record->control_plane_id, record->control_plane_id);
}

TEST_F(HeartbeatTest, SupersededIsSaidAndBeatsAreRare) {
  join();
  control_->stored.boot_epoch = protocol::kMaxBootEpoch;  // the other machine's
  ASSERT_TRUE(reach([&] { return link().state == LinkState::superseded; }, kStep));
  EXPECT_EQ(error(), ErrorCode::identity_superseded);
  ASSERT_TRUE(reach([&] { return service_->report().running.empty(); }));
  const auto before = control_->seen["heartbeat"];
  const auto until = wake_.now_ms() + 300'000;
  ASSERT_TRUE(reach([&] { return wake_.now_ms() > until; }, kStep));
  EXPECT_EQ(control_->seen["heartbeat"], before) << "five minutes without a beat";
  ASSERT_TRUE(reach([&] { return control_->seen["heartbeat"] > before; }, 5 * kStep));
}

TEST_F(HeartbeatTest, SuspensionEndsByItself) {
  join();
  control_->stored.standing = protocol::NodeStanding::suspended;
  ASSERT_TRUE(reach([&] { return link().state == LinkState::suspended; }, kStep));
  const auto blockers = service_->report().blockers;
  EXPECT_NE(std::ranges::find(blockers, protocol::ReadinessBlocker::node_suspended),
            blockers.end());
  control_->stored.standing = protocol::NodeStanding::enrolled;
  ASSERT_TRUE(reach([&] { return link().state == LinkState::connected; }, kStep));
}

TEST_F(HeartbeatTest, RemovalIsSaid) {
  join();
  control_->stored.standing = protocol::NodeStanding::removed;
  ASSERT_TRUE(reach([&] { return link().state == LinkState::removed; }, kStep));
  EXPECT_NE(link().error->detail.find("b3iq-host unenroll"), std::string::npos);
}

// A stop does not wait for a control plane that takes requests and never answers.
TEST_F(HeartbeatTest, AHangingControlPlaneDoesNotHoldAStop) {
  join();
  const auto before = control_->seen["heartbeat"];
  control_->hangs = true;
  ASSERT_TRUE(reach([&] { return control_->seen["heartbeat"] > before; }, kStep));
  service_->close();
  EXPECT_TRUE(reach([this] { return service_->idle(); })) << "no clock moves";
}

TEST_F(HeartbeatTest, AHangingControlPlaneCountsAsAway) {
  join();
  control_->hangs = true;
  ASSERT_TRUE(reach([&] { return link().state == LinkState::unreachable; }, kStep));
  EXPECT_NE(link().error->detail.find("did not answer in time"), std::string::npos);
  control_->hangs = false;
  ASSERT_TRUE(reach([&] { return link().state == LinkState::connected; }, kStep));
}

}  // namespace
}  // namespace b3iq::agent
