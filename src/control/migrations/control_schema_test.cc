// The schema on both databases, against one golden text.
#include "control/migrations/control_schema.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <memory>

#include "storage/migrations.h"
#include "storage/postgres/postgres_database.h"
#include "storage/schema_text.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/sqlite/temporary_folder.h"
#include "storage/testing/test_postgres.h"

namespace b3iq::control {
namespace {

std::string text_of(const std::string& name) {
  std::ifstream in(B3IQ_SOURCE_DIR "/src/control/migrations/" + name);
  return {std::istreambuf_iterator<char>(in), {}};
}
std::string golden() { return text_of("control_schema.golden.txt"); }

struct Opened {
  SqlDialect dialect;
  std::unique_ptr<storage::Database> database;
  std::string schema() const {
    const auto text = dialect == SqlDialect::sqlite ? storage::sqlite_schema_text(*database)
                                                    : storage::postgres_schema_text(*database);
    return text.ok() ? *text : text.error().detail;
  }
  std::span<const storage::Migration> migrations() const { return control_migrations(dialect); }
};

class ControlSchema : public ::testing::TestWithParam<SqlDialect> {
 protected:
  void SetUp() override {
    const auto missing = storage::TestPostgres::missing();
    if (GetParam() == SqlDialect::postgres && !missing.empty()) GTEST_SKIP() << missing;
  }
  // A new, empty one.
  Opened open() {
    auto database =
        GetParam() == SqlDialect::sqlite
            ? storage::open_sqlite(folder_.file(fmt::format("control{}.db", ++opened_)))
            : storage::open_postgres(storage::TestPostgres::shared()->create_database());
    EXPECT_TRUE(database.ok());
    return {GetParam(), std::move(*database)};
  }

 private:
  const storage::TemporaryFolder folder_{storage::TemporaryFolder::Where::memory};
  int opened_ = 0;
};

TEST_P(ControlSchema, IsTheGoldenOne) {
  const auto one = open();
  const auto migrated = one.database->migrate(one.migrations());
  ASSERT_TRUE(migrated.ok()) << migrated.error().detail;
  EXPECT_EQ(one.schema(), golden());
}

// What the first version kept of a node.
constexpr storage::Statement kOldNode{
    "INSERT INTO nodes (node_id, public_key, tags, standing_reason, enrolled_at_ms, "
    "last_enrolled_at_ms, router_generation) VALUES ('b3n_old', $1, 'lab', '', 5, 6, 1)"};
constexpr storage::Statement kOldLease{
    "INSERT INTO node_leases (node_id, standing, boot_epoch, superseded_epoch, superseded_ms, "
    "last_seen_ms, status, queue_depth, agent_version, inventory_hash, readiness_hash, "
    "known_inventory_hash, known_readiness_hash, command_cursor, enroll_sequence, "
    "heartbeat_sequence, inventory_sequence, poll_sequence, result_sequence, unenroll_sequence) "
    "VALUES ('b3n_old', 'enrolled', 7, 0, 0, 8, 'ready', 0, '0.1.0', '', '', '', '', 9, 1, 2, 3, "
    "4, 5, 6)"};
constexpr storage::Statement kKept{
    "SELECT nodes.tags, node_leases.command_cursor, node_leases.lease_ms FROM nodes JOIN "
    "node_leases ON node_leases.node_id = nodes.node_id"};

base::Status write_old_node(storage::Database& database) {
  return database.write_blocking([](storage::Transaction& tx) -> base::Task<base::Status> {
    const std::array<storage::Value, 1> key = {storage::Value(std::string_view("a key"))};
    CO_TRY_OK(co_await tx.exec(kOldNode, key));
    CO_TRY_OK(co_await tx.exec(kOldLease, {}));
    co_return base::Status();
  });
}

TEST_P(ControlSchema, G10_126_EachOlderOneIsTakenOverWithItsNodes) {
  for (std::size_t age = 1; age < control_migrations(GetParam()).size(); ++age) {
    const auto one = open();
    ASSERT_TRUE(one.database->migrate(one.migrations().first(age)).ok());
    const auto written = write_old_node(*one.database);
    ASSERT_TRUE(written.ok()) << written.error().detail;
    const auto migrated = one.database->migrate(one.migrations());
    ASSERT_TRUE(migrated.ok()) << migrated.error().detail;
    EXPECT_EQ(one.schema(), golden()) << "from " << age;
    std::string kept;
    const auto look = [&](storage::Transaction& tx) -> base::Task<base::Status> {
      auto take = [&](const storage::Row& row) {
        kept += fmt::format("{} {} {};", row.text(0), row.integer(1), row.integer(2));
        return true;
      };
      co_return co_await tx.query(kKept, {}, std::move(take));
    };
    ASSERT_TRUE(one.database->read_blocking(look).ok());
    EXPECT_EQ(kept, "lab 9 60000;") << "from " << age;
  }
}

TEST_P(ControlSchema, G10_126_AnotherProgramsNewerOneIsRefusedUntouched) {
  const auto one = open();
  std::vector<storage::Migration> later(one.migrations().begin(), one.migrations().end());
  later.push_back({static_cast<int>(later.size()) + 1, "later", "CREATE TABLE later (id TEXT)"});
  ASSERT_TRUE(one.database->migrate(later).ok());
  const auto before = one.schema();
  const auto refused = one.database->migrate(one.migrations());
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().detail.find("newer"), std::string::npos) << refused.error().detail;
  EXPECT_EQ(one.schema(), before);
}

INSTANTIATE_TEST_SUITE_P(Db, ControlSchema,
                         ::testing::Values(SqlDialect::sqlite, SqlDialect::postgres),
                         [](const auto& one) {
                           return one.param == SqlDialect::sqlite ? "Sqlite" : "Postgres";
                         });

// What was released is applied somewhere: a changed text would be refused there at the start.
TEST(ControlMigrations, ReleasedMigrationsStayAsTheyAre) {
  std::string found;
  for (const auto dialect : {SqlDialect::sqlite, SqlDialect::postgres}) {
    found += dialect == SqlDialect::sqlite ? "sqlite\n" : "postgres\n";
    for (const auto& one : control_migrations(dialect))
      found +=
          fmt::format("  {} {} {}\n", one.number, one.name, storage::migration_checksum(one.sql));
  }
  EXPECT_EQ(found, text_of("control_migrations.golden.txt"))
      << "Migrations are append-only: add one, and its line.";
}

}  // namespace
}  // namespace b3iq::control
