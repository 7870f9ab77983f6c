#include "agent/backup/pending_restore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "agent/backup/backup_shelf.h"
#include "agent/migrations/schema.h"
#include "agent/settings_table.h"
#include "base/random.h"
#include "config/config.h"
#include "protocol/identity.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using base::Status;
using base::Task;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kId = "bak_01ARZ3NDEKTSV4RRFFQ69G5FAV";
constexpr std::int64_t kAskedBehindSeq = 0;

constexpr std::string_view kStateThen = R"(
INSERT INTO users (id, name, role, password_hash, created_at_ms, password_set_at_ms) VALUES
  ('user_owner', 'ada', 'owner', 'then', 1, 1), ('user_gone', 'bob', 'viewer', 'then', 1, 1),
  ('user_both', 'cyd', 'operator', 'then', 1, 1);
UPDATE users SET invitation_hash = x'05', invitation_expires_at_ms = 99;
INSERT INTO model_postures VALUES ('m-then', 1, 0);
INSERT INTO local_keys VALUES
  ('key_a', 'a', '', x'01', 'chat', '', 1, NULL, NULL, NULL, 5, 0, 0, 0, 'total'),
  ('key_b', 'b', '', x'02', 'chat', '', 1, NULL, NULL, NULL, 5, 0, 0, 0, 'total');
INSERT INTO installed_models VALUES ('m-then', 'm-1', '{}');
INSERT INTO receipts VALUES (1, x'01', 'key_a', 1, 'one'))";

// Behind the backup: a user went and one came, a role, a password and a key's limits changed, a key
// was revoked, another was made, models went and came, a receipt was signed.
constexpr std::string_view kStateSince = R"(
DELETE FROM users WHERE id = 'user_gone';
INSERT INTO users (id, name, role, password_hash, created_at_ms, password_set_at_ms)
  VALUES ('user_new', 'dan', 'viewer', 'now', 2, 2);
UPDATE model_postures SET network_eligible = 0, paid_route_eligible = 1;
UPDATE users SET invitation_hash = NULL WHERE id = 'user_both';
UPDATE users SET password_hash = 'now' WHERE id IN ('user_owner', 'user_both');
UPDATE users SET role = 'viewer' WHERE id = 'user_both';
INSERT INTO sessions (id, user_id, cookie_hash, page_hash, created_at_ms, last_seen_at_ms)
  VALUES ('ses_1', 'user_owner', x'01', x'01', 2, 2);
UPDATE local_keys SET requests_per_minute = 9, last_used_at_ms = 7 WHERE id = 'key_a';
UPDATE local_keys SET revoked_at_ms = 8 WHERE id = 'key_b';
INSERT INTO local_keys VALUES
  ('key_c', 'c', '', x'03', 'chat', '', 2, NULL, NULL, NULL, 0, 0, 0, 0, 'total');
DELETE FROM installed_models;
INSERT INTO installed_models VALUES ('m-now', 'm-2', '{}');
INSERT INTO opened_private_jobs VALUES (1, x'07', 'job_now');
INSERT INTO receipts VALUES (2, x'02', 'key_a', 2, 'two'))";

class PendingRestoreTest : public ::testing::Test {
 protected:
  PendingRestoreTest() {
    // A quote in the path: it becomes part of an SQL statement.
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-rest'ore-XXXXXX").string();
    home_.root = ::mkdtemp(pattern.data());
    EXPECT_TRUE(make_folders(home_).ok());
    auto identity = protocol::NodeIdentity::create(home_.identity_key(), base::system_random());
    facts_ = {home_, identity->node_id().text(), {"127.0.0.1", 0}, true};
    write_config("7s");
    run_script(kStateThen);
    EXPECT_TRUE(keep_backup(home_, kId, WithIdentity::no).ok());
    write_config("9s");
    run_script(kStateSince);
  }
  ~PendingRestoreTest() override { std::filesystem::remove_all(home_.root); }

  void write_config(const std::string& drain) const {
    std::ofstream(home_.config()) << R"({"listen": "127.0.0.1:0", "drain": ")" << drain << "\"}";
    ::chmod(home_.config().c_str(), 0600);
  }
  std::string drain() const {
    const auto config = config::load(settings_table(), home_.config(), {});
    return config.ok() ? config->shown("drain") : config.error().detail;
  }
  std::unique_ptr<storage::Database> open() const {
    auto database = storage::open_sqlite(home_.database());
    EXPECT_TRUE(database.ok());
    EXPECT_TRUE((*database)->migrate(state_migrations()).ok());
    return std::move(database).value();
  }
  void run_script(std::string_view script) const {
    const auto database = open();
    const auto done =
        database->write_blocking([&](storage::Transaction& tx) { return tx.exec_script(script); });
    EXPECT_TRUE(done.ok()) << done.error().detail;
  }
  // The first column of every row, as text.
  std::vector<std::string> ask(const storage::Statement& statement) const {
    const auto database = open();
    std::vector<std::string> out;
    auto body = [&](storage::Transaction& tx) -> Task<Status> {
      auto take = [&out](const storage::Row& row) {
        out.emplace_back(row.text(0));
        return true;
      };
      co_return co_await tx.query(statement, {}, std::move(take));
    };
    EXPECT_TRUE(database->read_blocking(std::move(body)).ok());
    return out;
  }
  Status lay() const {
    return lay_ready(facts_, {kId, home_.backups() + "/" + kId, "user_owner", kAskedBehindSeq, ""});
  }
  // Ends the process behind `last`, as kill -9 does.
  void finish_and_die(RestoreStep last) const {
    const pid_t child = ::fork();
    if (child == 0) {
      const auto done = finish_restore(home_, [last](RestoreStep step) {
        if (step == last) ::_exit(9);
      });
      ::_exit(done.ok() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 9);
  }
  std::vector<std::string> keys() const {
    static const storage::Statement statement{
        "SELECT id || ' ' || requests_per_minute || ' ' || COALESCE(revoked_at_ms, '-') || ' ' || "
        "COALESCE(last_used_at_ms, '-') FROM local_keys ORDER BY id"};
    return ask(statement);
  }
  std::vector<std::string> users() const {
    static const storage::Statement statement{
        "SELECT name || ' ' || role || ' ' || password_hash FROM users ORDER BY name"};
    return ask(statement);
  }
  std::vector<std::string> acts() const {
    static const storage::Statement statement{
        "SELECT actor || ' ' || act || ' ' || subject FROM audit_log ORDER BY seq"};
    return ask(statement);
  }
  void expect_old() const {
    EXPECT_EQ(drain(), "9s");
    EXPECT_THAT(keys(), ElementsAre("key_a 9 - 7", "key_b 5 8 -", "key_c 0 - -"));
    EXPECT_THAT(users(), ElementsAre("ada owner now", "cyd viewer now", "dan viewer now"));
  }
  void expect_restored() const {
    EXPECT_EQ(drain(), "7s");
    EXPECT_THAT(keys(), ElementsAre("key_a 5 - 7", "key_b 5 8 -"));
    EXPECT_THAT(users(), ElementsAre("ada owner now", "bob viewer ", "cyd viewer now"));
    static const storage::Statement kInvited{
        "SELECT id FROM users WHERE invitation_hash IS NOT NULL ORDER BY id"};
    EXPECT_THAT(ask(kInvited), ElementsAre("user_owner")) << "as it was, and none of then";
    static const storage::Statement kPostures{
        "SELECT model_id || ' ' || network_eligible || paid_route_eligible FROM model_postures"};
    EXPECT_THAT(ask(kPostures), ElementsAre("m-then 10"));
    static const storage::Statement kModels{"SELECT id FROM installed_models ORDER BY id"};
    EXPECT_THAT(ask(kModels), ElementsAre("m-now", "m-then"));
    static const storage::Statement kReceipts{"SELECT document FROM receipts ORDER BY seq"};
    EXPECT_THAT(ask(kReceipts), ElementsAre("one", "two"));
    static const storage::Statement kOpened{"SELECT job_id FROM opened_private_jobs"};
    EXPECT_THAT(ask(kOpened), ElementsAre("job_now")) << "no job is opened again";
    static const storage::Statement kSessions{"SELECT id FROM sessions"};
    EXPECT_THAT(ask(kSessions), ElementsAre());
    EXPECT_THAT(acts(), ElementsAre("user_owner backup.restored " + std::string(kId)));
    EXPECT_FALSE(restore_waits(home_));
    EXPECT_FALSE(std::filesystem::exists(home_.restore_folder()));
  }

  Home home_;
  StartFacts facts_;
};

TEST_F(PendingRestoreTest, BringsBackWhatABackupIsForAndNothingElse) {
  ASSERT_TRUE(lay().ok());
  EXPECT_TRUE(restore_waits(home_));
  expect_old();  // until the next start
  ASSERT_TRUE(finish_restore(home_).ok());
  expect_restored();
  ASSERT_TRUE(finish_restore(home_).ok()) << "and once only";
  expect_restored();
}

// CASES G10: a kill behind each step.
TEST_F(PendingRestoreTest, G10_119_AKillBeforeTheDatabaseChangedLeavesTheOldState) {
  ASSERT_TRUE(lay().ok());
  finish_and_die(RestoreStep::begun);
  expect_old();
  ASSERT_TRUE(finish_restore(home_).ok());
  expect_restored();
}

TEST_F(PendingRestoreTest, G10_119_AKillBetweenTheDatabaseAndTheSettingsIsFinishedByTheNextStart) {
  ASSERT_TRUE(lay().ok());
  finish_and_die(RestoreStep::database_changed);
  EXPECT_TRUE(restore_waits(home_)) << "nothing serves before it is finished";
  EXPECT_EQ(drain(), "9s");
  ASSERT_TRUE(finish_restore(home_).ok());
  expect_restored();
}

TEST_F(PendingRestoreTest, G10_119_AKillBehindTheSettingsOrTheMarkerLeavesTheNewState) {
  ASSERT_TRUE(lay().ok());
  finish_and_die(RestoreStep::config_replaced);
  ASSERT_TRUE(finish_restore(home_).ok());
  expect_restored();
  // What is done after a restore is not undone by what is left of it.
  ASSERT_TRUE(std::filesystem::create_directory(home_.restore_folder()));
  ASSERT_TRUE(finish_restore(home_).ok());
  expect_restored();
}

TEST_F(PendingRestoreTest, G10_119_AKillBehindTheMarkerIsTheEndOfIt) {
  ASSERT_TRUE(lay().ok());
  finish_and_die(RestoreStep::marker_removed);
  ASSERT_TRUE(finish_restore(home_).ok());
  expect_restored();
}

TEST_F(PendingRestoreTest, WhatWasLaidReadyAndIsDamagedIsDroppedAndTheNodeStaysAsItWas) {
  for (const auto* file : {"/state.db", "/config.json"}) {
    ASSERT_TRUE(lay().ok());
    std::ofstream(home_.restore_folder() + file, std::ios::app) << "x";
    ASSERT_TRUE(finish_restore(home_).ok());
    expect_old();
    EXPECT_FALSE(restore_waits(home_));
    EXPECT_EQ(acts().back(), "user_owner backup.restore_dropped " + std::string(kId));
  }
}

TEST_F(PendingRestoreTest, AMarkerThatIsNoneStopsTheStartAndNamesTheWay) {
  std::ofstream(home_.restore_marker()) << "{}";
  ::chmod(home_.restore_marker().c_str(), 0600);
  const auto refused = finish_restore(home_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::corrupt);
  EXPECT_THAT(refused.error().detail, HasSubstr("Remove it"));
  expect_old();
}

TEST_F(PendingRestoreTest, RefusesAnotherNodesBackupDamageAndASecondRestore) {
  auto other = facts_;
  other.node_id = "b3n_other";
  const RestoreOrder order{kId, home_.backups() + "/" + kId, "user_owner", kAskedBehindSeq, ""};
  EXPECT_EQ(lay_ready(other, order).error().code, ErrorCode::conflict);
  EXPECT_FALSE(std::filesystem::exists(home_.restore_folder()));
  ASSERT_TRUE(lay().ok());
  EXPECT_EQ(lay().error().code, ErrorCode::conflict);
  EXPECT_EQ(drop_backup(home_, kId).error().code, ErrorCode::conflict);
  EXPECT_EQ(keep_backup(home_, "bak_01ARZ3NDEKTSV4RRFFQ69G5FAW", WithIdentity::no).error().code,
            ErrorCode::conflict);
  ASSERT_TRUE(finish_restore(home_).ok());
  std::ofstream(order.folder + "/state.db", std::ios::app) << "x";
  EXPECT_EQ(lay().error().code, ErrorCode::corrupt);
  EXPECT_FALSE(restore_waits(home_));
}

TEST_F(PendingRestoreTest, TheSetupTokenOfNowStays) {
  std::ofstream(home_.config()) << R"({"setup": {"token_sha256": "ab", "issued_at": "now"}})";
  ASSERT_TRUE(lay().ok());
  ASSERT_TRUE(finish_restore(home_).ok());
  const auto config = config::load(settings_table(), home_.config(), {});
  ASSERT_TRUE(config.ok());
  EXPECT_THAT(config->section("setup"), HasSubstr("\"ab\""));
  EXPECT_EQ(config->shown("drain"), "7s");
}

}  // namespace
}  // namespace b3iq::agent
