#include "agent/auth/accounts.h"

#include "agent/auth/accounts_fixture.h"

namespace b3iq::agent {
namespace {

// The schema before users could be invited.
constexpr std::size_t kMigrationsBefore = 3;

// When the rows were written; sessions of that time are alive.
constexpr std::int64_t kRowsAtMs = 1;

// As the release before wrote them: an owner with two sessions, one of them of a setup token.
constexpr std::string_view kRows = R"(
INSERT INTO users (id, name, role, password_hash, created_at_ms, password_set_at_ms)
VALUES ('user_1', 'Ada', 'owner', 'hash', 1, 1);
INSERT INTO sessions VALUES ('ses_1', 'user_1', X'01', X'02', 1, 1);
INSERT INTO sessions VALUES ('ses_2', '', X'03', X'04', 1, 1);
INSERT INTO known_browsers VALUES (X'05', 'user_1', 1)
)";

TEST(AccountsUpgrade, AnOwnerOfTheReleaseBeforeKeepsNodeAndSessions) {
  auto folder = (std::filesystem::temp_directory_path() / "b3iq-upgrade-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  auto database = storage::open_sqlite(folder + "/state.db");
  ASSERT_TRUE(database.ok());
  ASSERT_TRUE((*database)->migrate(state_migrations().first(kMigrationsBefore)).ok());
  auto insert = [](storage::Transaction& tx) { return tx.exec_script(kRows); };
  ASSERT_TRUE((*database)->write_blocking(insert).ok());
  ASSERT_TRUE((*database)->migrate(state_migrations()).ok());

  base::FakeClock clock(kRowsAtMs);
  AuditLog audit(**database, clock);
  Accounts accounts(**database, audit, clock, base::system_random());
  ASSERT_TRUE(accounts.load().ok());
  ASSERT_TRUE(accounts.claimed());
  const auto* owner = accounts.users.named("ada");
  ASSERT_NE(owner, nullptr);
  EXPECT_FALSE(owner->invited());
  EXPECT_FALSE(owner->invitation_hash);
  EXPECT_FALSE(owner->last_seen_at_ms);
  EXPECT_EQ(accounts.sessions.find("ses_1")->kind, SessionKind::user);
  EXPECT_EQ(accounts.sessions.find("ses_2")->kind, SessionKind::setup);
  database->reset();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace b3iq::agent
