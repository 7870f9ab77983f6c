#include "storage/conformance.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/sqlite/temporary_folder.h"

namespace b3iq::storage::conformance {
namespace {

struct SqliteDriver {
  static std::string missing() { return {}; }
  std::unique_ptr<Database> open() {
    auto opened = open_sqlite(folder.file("state.db"));
    EXPECT_TRUE(opened.ok()) << opened.error().detail;
    return opened.ok() ? std::move(opened).value() : nullptr;
  }
  std::unique_ptr<Database> open_again() { return nullptr; }
  base::Result<std::unique_ptr<Database>> open_copy(const std::string& path) {
    SqliteOptions options;
    options.missing = SqliteOptions::Missing::refuse;
    options.check = SqliteOptions::Check::always;
    return open_sqlite(path, options);
  }
  std::string backup_path() const { return folder.file("backup.db"); }
  static base::Result<std::string> schema(Database& db) { return sqlite_schema_text(db); }
  TemporaryFolder folder;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, DatabaseConformance, SqliteDriver);

}  // namespace
}  // namespace b3iq::storage::conformance
