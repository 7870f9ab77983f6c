// The control plane's SQL stays in what PostgreSQL, SQLite, CockroachDB and YugabyteDB share.
#include "sql_subset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "source_tree.h"

namespace b3iq::tree {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The module whose SQL runs on a server, and the port's own.
bool is_shared(const std::string& file) {
  const bool is_test = file.ends_with("_test.cc");
  const bool is_driver =
      file.starts_with("src/storage/sqlite/") || file.starts_with("src/storage/postgres/") ||
      file.starts_with("src/storage/testing/") || file.starts_with("src/storage/storage_bench");
  return !is_test && !is_driver &&
         (file.starts_with("src/control/") || file.starts_with("src/storage/"));
}

// The word of migrations that no two databases spell alike (control_schema.cc).
std::string spelled(const std::string& sql) {
  return std::regex_replace(sql, std::regex(R"(\bBYTES\b)"), "BYTEA");
}

TEST(SqlSubset, TheSharedSqlStaysInIt) {
  int texts = 0, migrations = 0;
  for (const auto& file : source_files("src")) {
    if (!is_shared(file)) continue;
    const bool is_migration =
        file.starts_with("src/control/migrations/migration_") && file.ends_with(".cc");
    migrations += is_migration ? 1 : 0;
    const auto found = sql_of(read_text(root() / file));
    EXPECT_TRUE(!is_migration || !found.empty()) << file << ": where is its SQL?";
    for (const SqlText& text : found) {
      ++texts;
      const std::string place = file + ":" + std::to_string(text.line) + " " + text.owner;
      EXPECT_FALSE(text.sql.empty()) << place << ": write the SQL there, as one literal";
      for (const auto& breach : breaches_of(is_migration ? spelled(text.sql) : text.sql))
        ADD_FAILURE() << place << ": " << breach;
    }
  }
  EXPECT_GE(texts, 100);  // it does find them
  EXPECT_GE(migrations, 5);
}

TEST(SqlSubset, FindsStatementsHoweverTheyAreWritten) {
  const auto found = sql_of(R"source(
    // Statement not_this{"x"};
    const Statement kOne{"SELECT a"
        " FROM b"};  // a comment
    static const Statement kTwo = {R"(DELETE "c" FROM d)"};
    inline const storage::Statement kThree("UPDATE e SET f = '\"'");
    void run(const Statement& statement, std::span<const Statement> all);
    const Statement kMade{make_sql()};
    struct Statement { std::string_view sql; };
  )source");
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].sql, "SELECT a FROM b");
  EXPECT_EQ(found[0].line, 3);
  EXPECT_EQ(found[1].sql, "DELETE \"c\" FROM d");
  EXPECT_EQ(found[2].sql, "UPDATE e SET f = '\"'");
  EXPECT_EQ(found[3].owner, "Statement kMade");
  EXPECT_EQ(found[3].sql, "");
}

TEST(SqlSubset, FindsTextsThatAreNoStatementYet) {
  const auto found = sql_of(R"source(
    extern const std::string_view kNodesSql = R"(
CREATE TABLE a (id BIGINT);
)";
    #define B3_TAG(tag) {"UPDATE b SET " #tag "_sequence = $2 WHERE id = $1 " \
        "RETURNING id"}
    static const MadeStatement made(fmt::format("UPDATE c SET d = h.column2 "
        "FROM (VALUES {}) AS h", rows_together(1)));
    base::log("Update the driver", "SELECTED");
  )source");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].sql, "\nCREATE TABLE a (id BIGINT);\n");
  EXPECT_EQ(found[1].sql, "UPDATE b SET _sequence = $2 WHERE id = $1 RETURNING id");
  EXPECT_EQ(found[2].sql, "UPDATE c SET d = h.column2 FROM (VALUES {}) AS h");
}

TEST(SqlSubset, TakesWhatTheFourShare) {
  for (const char* sql : {
           "CREATE TABLE t (id BYTEA PRIMARY KEY, n BIGINT NOT NULL DEFAULT 0, s TEXT, r DOUBLE "
           "PRECISION)",
           "CREATE UNIQUE INDEX t_n ON t (n DESC) WHERE n > 0",
           "INSERT INTO t (id, n) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET n = excluded.n"
           " WHERE t.n < excluded.n RETURNING id, n",
           "SELECT COUNT(*), COALESCE(SUM(n), 0) FROM t WHERE s = 'LISTEN; it''s :: a trap ?' "
           "LIMIT $1",
           "UPDATE t SET n = n + 1 WHERE id = $1 AND n < $2",
           "ALTER TABLE t ADD COLUMN updated_at_ms BIGINT",
       }) {
    EXPECT_THAT(breaches_of(sql), IsEmpty()) << sql;
  }
}

TEST(SqlSubset, RefusesWhatOneOfThemLacks) {
  const std::pair<const char*, const char*> bad[] = {
      {"NOTIFY nodes", "LISTEN"},
      {"SELECT pg_advisory_xact_lock(1)", "advisory"},
      {"CREATE TABLE t (id BIGSERIAL PRIMARY KEY)", "sequences"},
      {"CREATE TABLE t (id BIGINT GENERATED ALWAYS AS IDENTITY)", "sequences"},
      {"CREATE TABLE t (id BIGINT REFERENCES u (id) DEFERRABLE INITIALLY DEFERRED)", "deferrable"},
      {"CREATE TRIGGER x AFTER INSERT ON t", "triggers"},
      {"SELECT id FROM t FOR UPDATE SKIP LOCKED", "row locks"},
      {"SELECT * FROM t", "SELECT *"},
      {"DELETE FROM t RETURNING *", "RETURNING *"},
      {"CREATE TABLE t (id TEXT PRIMARY KEY) WITHOUT ROWID", "only SQLite"},
      {"INSERT OR IGNORE INTO t VALUES (1)", "only SQLite"},
      {"SELECT id::text FROM t", "CAST"},
      {"SELECT a FROM t WHERE a ILIKE 'x'", "SQLite does not"},
      {"SELECT a FROM t WHERE a < now()", "parameters"},
      {"CREATE TABLE t (id INTEGER PRIMARY KEY)", "BIGINT"},
      {"CREATE TABLE t (at TIMESTAMPTZ)", "BIGINT"},
      {"INSERT INTO t VALUES ($1) ON CONFLICT DO NOTHING", "name the columns"},
      {"ALTER TABLE t ADD CONSTRAINT x UNIQUE (a)", "SQLite only"},
      {"ALTER TABLE t DROP COLUMN a", "ADD COLUMN"},
      {"BEGIN; DELETE FROM t; COMMIT", "driver's"},
      {"SET statement_timeout = 0", "driver's"},
      {"SELECT a FROM t WHERE a = ?", "$1"},
  };
  for (const auto& [sql, words] : bad) {
    const auto breaches = breaches_of(sql);
    ASSERT_FALSE(breaches.empty()) << sql;
    EXPECT_THAT(::testing::PrintToString(breaches), HasSubstr(words)) << sql;
  }
}

}  // namespace
}  // namespace b3iq::tree
