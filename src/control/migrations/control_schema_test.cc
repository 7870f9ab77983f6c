// The schema on both databases, against one golden text.
#include "control/migrations/control_schema.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

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

TEST(ControlSchema, IsTheGoldenOneOnSqlite) {
  const storage::TemporaryFolder folder(storage::TemporaryFolder::Where::memory);
  auto database = storage::open_sqlite(folder.file("control.db"));
  ASSERT_TRUE(database.ok());
  ASSERT_TRUE((*database)->migrate(control_migrations(SqlDialect::sqlite)).ok());
  const auto text = storage::sqlite_schema_text(**database);
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text, golden());
}

TEST(ControlSchema, IsTheSameOnPostgres) {
  if (const auto missing = storage::TestPostgres::missing(); !missing.empty())
    GTEST_SKIP() << missing;
  auto* const server = storage::TestPostgres::shared();
  ASSERT_NE(server, nullptr);
  auto database = storage::open_postgres(server->create_database());
  ASSERT_TRUE(database.ok());
  const auto migrated = (*database)->migrate(control_migrations(SqlDialect::postgres));
  ASSERT_TRUE(migrated.ok()) << migrated.error().detail;
  const auto text = storage::postgres_schema_text(**database);
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text, golden());
}

// What was released is applied somewhere: a changed text would be refused there at the start.
TEST(ControlSchema, ReleasedMigrationsStayAsTheyAre) {
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
