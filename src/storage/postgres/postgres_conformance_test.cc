#include "storage/conformance.h"
#include "storage/postgres/postgres_database.h"
#include "storage/testing/test_postgres.h"

namespace b3iq::storage::conformance {
namespace {

struct PostgresDriver {
  static std::string missing() { return TestPostgres::missing(); }
  std::unique_ptr<Database> open() {
    TestPostgres* const server = TestPostgres::shared();
    EXPECT_NE(server, nullptr);
    if (server == nullptr) return nullptr;
    if (uri.empty()) uri = server->create_database();
    auto opened = open_postgres(uri);
    EXPECT_TRUE(opened.ok()) << opened.error().detail;
    return opened.ok() ? std::move(opened).value() : nullptr;
  }
  std::unique_ptr<Database> open_again() { return open(); }
  base::Result<std::unique_ptr<Database>> open_copy(const std::string&) {
    return base::Error(ErrorCode::unimplemented, "no copies");
  }
  std::string backup_path() const { return {}; }
  static base::Result<std::string> schema(Database& db) { return postgres_schema_text(db); }
  std::string uri;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, DatabaseConformance, PostgresDriver);

}  // namespace
}  // namespace b3iq::storage::conformance
