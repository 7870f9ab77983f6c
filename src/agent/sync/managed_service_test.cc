#include "agent/sync/managed_service.h"

#include <sys/stat.h>

#include "agent/backup/backup.h"
#include "agent/setup/enrollment_routes.h"
#include "agent/sync/managed_fixture.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;

class ManagedServiceTest : public ManagedFixture {
 protected:
  std::vector<std::string> acts() {
    EXPECT_TRUE(reach([this] { return audit_->idle(); }));
    const auto entries = run_task(loop_, audit_->list(0, 100));
    std::vector<std::string> out;
    for (const auto& entry : *entries) out.push_back(entry.act);
    return out;
  }
  std::string shown() const {
    std::string out;
    json::Writer w(out);
    w.begin_object();
    write_enrollment(w, *service_);
    w.end_object();
    return out;
  }
};

TEST_F(ManagedServiceTest, EnrollsAndBeats) {
  join({"model_install"});
  ASSERT_TRUE(control_->enrolled.has_value());
  EXPECT_EQ(control_->enrolled->node_id, identity_.node_id());
  EXPECT_EQ(control_->enrolled->agent_version, "1.2.3");
  const auto& beat = control_->heartbeats.front();
  EXPECT_EQ(beat.status, protocol::NodeStatus::ready);
  EXPECT_EQ(beat.queue_depth, 3);
  EXPECT_GT(beat.boot_epoch, control_->enrolled->boot_epoch) << "serving is a start of its own";
  struct stat info{};
  for (const auto& file :
       {home_.enrollment_record(), home_.transport_key(), home_.router_secret()}) {
    ASSERT_EQ(::stat(file.c_str(), &info), 0) << file;
    EXPECT_EQ(info.st_mode & 0777U, 0600U) << file;
  }
  ASSERT_EQ(::stat(home_.managed().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
  const auto allowed = service_->report().allowed;
  EXPECT_NE(std::ranges::find(allowed, "model_install"), allowed.end());
  EXPECT_EQ(acts().front(), "node.enrolled");
  EXPECT_NE(shown().find("\"state\":\"connected\""), std::string::npos) << shown();
  EXPECT_NE(shown().find("route_missing"), std::string::npos) << shown();
}

// No time passes in between.
TEST_F(ManagedServiceTest, WhatTheOwnerChangesIsToldAtOnce) {
  join();
  ASSERT_EQ(control_->heartbeats.size(), 1U);
  view_.readiness_.unlisted_models = 7;
  service_->tell_now();
  ASSERT_TRUE(reach([this] { return control_->heartbeats.size() == 2; }));
  EXPECT_EQ(control_->heartbeats[1].readiness_hash, protocol::readiness_hash(view_.readiness_));
  EXPECT_NE(control_->heartbeats[1].readiness_hash, control_->heartbeats[0].readiness_hash);
}

TEST_F(ManagedServiceTest, ALocalNodeTellsNobody) {
  start();
  service_->tell_now();
  EXPECT_TRUE(control_->heartbeats.empty());
}

TEST_F(ManagedServiceTest, AnEnrollmentThatTheAuditLogMissesIsToldAndTheNodeBeats) {
  start();
  auto body = [](storage::Transaction& tx) { return tx.exec_script("DROP TABLE audit_log"); };
  ASSERT_TRUE(run_task(loop_, database_->write(std::move(body))).ok());
  const auto enrolled = enroll();
  ASSERT_FALSE(enrolled.ok());
  EXPECT_EQ(enrolled.error().code, ErrorCode::storage_failed);
  EXPECT_TRUE(service_->enrolled());
  EXPECT_TRUE(reach([this] { return link().state == LinkState::connected; }));
  EXPECT_EQ(enroll().error().code, ErrorCode::conflict);
}

TEST_F(ManagedServiceTest, ALocalNodeSaysSoAndNothingLeavesIt) {
  start();
  EXPECT_NE(shown().find("\"state\":\"not_enrolled\""), std::string::npos) << shown();
  EXPECT_NE(shown().find("\"code\":\"not_enrolled\""), std::string::npos) << shown();
  EXPECT_FALSE(has_managed_folder());
  const auto until = wake_.now_ms() + 600'000;
  ASSERT_TRUE(reach([&] { return wake_.now_ms() > until; }, 10'000));
  EXPECT_TRUE(control_->seen.empty());
}

TEST_F(ManagedServiceTest, AFailedEnrollmentLeavesNothing) {
  const auto refused = enroll("", {}, "b3iq_enroll_nonsense");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::enrollment_token_invalid);
  EXPECT_TRUE(control_->seen.empty()) << "what is no token is not even sent";
  EXPECT_EQ(enroll("http://control.example").error().code, ErrorCode::invalid_request);
  EXPECT_EQ(enroll("", {"run_a_shell"}).error().param, "allow");

  for (const std::string route : {"challenge", "enroll"}) {
    control_->instead = [&route](std::string_view name) -> std::optional<http::Response> {
      if (name != route) return std::nullopt;
      return ScriptedControlPlane::refusal(ErrorCode::enrollment_token_invalid);
    };
    const auto status = enroll();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::enrollment_token_invalid);
    EXPECT_NE(status.error().detail.find("new enrollment token"), std::string::npos);
    EXPECT_FALSE(has_managed_folder()) << route;
  }
  control_->instead = [](std::string_view name) -> std::optional<http::Response> {
    if (name != "enroll") return std::nullopt;
    http::Response response;
    response.body = std::string("{\"heartbeat_interval_ms\":");
    return response;
  };
  EXPECT_EQ(enroll().error().code, ErrorCode::control_plane_unreachable);
  EXPECT_FALSE(has_managed_folder());
  control_->instead = {};
  EXPECT_TRUE(enroll().ok()) << "and the next try is a new one";
  EXPECT_EQ(enroll().error().code, ErrorCode::conflict);
}

TEST_F(ManagedServiceTest, UnreachableControlPlanesAreNamedWithTheirFix) {
  const auto port = std::to_string(control_->port());
  const auto tls = enroll("https://127.0.0.1:" + port);
  ASSERT_FALSE(tls.ok());
  EXPECT_NE(tls.error().detail.find("certificate"), std::string::npos) << tls.error().detail;
  const auto dns = enroll("https://no-such-host.invalid");
  ASSERT_FALSE(dns.ok());
  EXPECT_NE(dns.error().detail.find("DNS"), std::string::npos) << dns.error().detail;
  control_.reset();
  const auto refused = enroll("http://127.0.0.1:" + port);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().detail.find("Nothing listens there"), std::string::npos)
      << refused.error().detail;
  EXPECT_FALSE(has_managed_folder());
}

TEST_F(ManagedServiceTest, ARedirectIsNotFollowed) {
  control_->instead = [this](std::string_view route) -> std::optional<http::Response> {
    if (route == "elsewhere") return std::nullopt;
    http::Response response;
    response.status = 307;
    response.headers.push_back({"Location", control_->url() + "/elsewhere"});
    return response;
  };
  const auto status = enroll();
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().detail.find("redirect"), std::string::npos) << status.error().detail;
  EXPECT_FALSE(control_->seen.contains("elsewhere"));
}

TEST_F(ManagedServiceTest, LeavesAndTellsIt) {
  join();
  const auto departure = unenroll();
  ASSERT_TRUE(departure.ok()) << departure.error().detail;
  EXPECT_TRUE(departure->told);
  EXPECT_EQ(control_->left, 1);
  EXPECT_FALSE(has_managed_folder());
  EXPECT_FALSE(service_->enrolled());
  EXPECT_EQ(acts().front(), "node.unenrolled");
  EXPECT_EQ(unenroll().error().code, ErrorCode::conflict);
  clock_.advance_ms(1);
  const auto again = enroll();
  ASSERT_TRUE(again.ok()) << "and may come back: " << again.error().detail;
}

TEST_F(ManagedServiceTest, LeavesAlsoWhenTheControlPlaneIsGone) {
  join();
  control_.reset();
  const auto departure = unenroll();
  ASSERT_TRUE(departure.ok()) << departure.error().detail;
  EXPECT_FALSE(departure->told);
  ASSERT_TRUE(departure->error.has_value());
  EXPECT_FALSE(has_managed_folder());
  EXPECT_NE(shown().find("\"mode\":\"local\""), std::string::npos);
}

TEST_F(ManagedServiceTest, ARestartIsANewBootEpochAndNumbersGoOn) {
  join();
  const auto first = control_->heartbeats.back().boot_epoch;
  const auto sequence = control_->sequences.back();
  restart();
  ASSERT_TRUE(reach([this] { return link().state == LinkState::connected; }));
  EXPECT_GT(control_->heartbeats.back().boot_epoch, first);
  EXPECT_GT(control_->sequences.back(), sequence);
}

// What a backup holds is not the enrollment: a copy of the node is a local node.
TEST_F(ManagedServiceTest, G10_125_ABackupDoesNotCarryTheEnrollment) {
  const auto created = protocol::NodeIdentity::create(home_.identity_key(), base::system_random());
  ASSERT_TRUE(created.ok());
  std::ofstream(home_.config()) << "{\"node_id\":\"" << created->node_id().text() << "\"}";
  using std::filesystem::perms;
  std::filesystem::permissions(home_.config(), perms::owner_read | perms::owner_write);
  join();
  control_->command(protocol::BenchmarkSmokeArguments{"tiny", 16});
  ASSERT_TRUE(reach([this] { return control_->results.size() == 1; }, 100));
  const Home copy{home_.root + "-copy"};
  const auto folder = home_.root + "-backup";
  close();
  ASSERT_TRUE(make_backup(home_, folder, WithIdentity::yes, {}).ok());
  const auto restored = restore_backup(copy, folder, WithIdentity::yes);
  ASSERT_TRUE(restored.ok()) << restored.error().detail;
  EXPECT_FALSE(std::filesystem::exists(copy.managed()));
  {
    const auto database = storage::open_sqlite(copy.database()).value();
    CommandJournal journal(*database);
    ASSERT_TRUE(journal.load().ok());
    EXPECT_TRUE(journal.entries().empty());
  }
  std::filesystem::remove_all(copy.root);
  std::filesystem::remove_all(folder);
}

TEST_F(ManagedServiceTest, ADamagedRecordLeavesALocalNodeThatSaysSo) {
  join();
  close();
  std::filesystem::resize_file(home_.enrollment_record(), 40);
  open();
  start();
  EXPECT_NE(shown().find("\"state\":\"not_usable\""), std::string::npos) << shown();
  EXPECT_TRUE(enroll().error().code == ErrorCode::conflict);
  ASSERT_TRUE(unenroll().ok());
  clock_.advance_ms(1);
  EXPECT_TRUE(enroll().ok());
}

TEST_F(ManagedServiceTest, ACopiedHomeOfAnotherNodeIsNotUsed) {
  join();
  close();
  identity_ = protocol::NodeIdentity::generate(base::system_random());
  const auto beats = control_->seen["heartbeat"];
  open();
  start();
  EXPECT_NE(shown().find("another node's"), std::string::npos) << shown();
  EXPECT_EQ(control_->seen["heartbeat"], beats);
}

}  // namespace
}  // namespace b3iq::agent
