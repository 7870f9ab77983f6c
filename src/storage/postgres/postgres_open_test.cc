// What is refused at the start, and that no password is ever shown.
#include "base/log.h"
#include "storage/postgres/pg_target.h"
#include "storage/postgres/postgres_load.h"

namespace b3iq::storage {
namespace {

using base::ErrorCode;

std::string value_of(const PgTarget& target, std::string_view keyword) {
  const auto keywords = target.keywords(), values = target.values();
  for (std::size_t i = 0; keywords[i] != nullptr; ++i) {
    if (keyword == keywords[i]) return values[i];
  }
  return "(none)";
}

TEST(PgTarget, GivesDefaultsWhereTheUriSaysNothing) {
  const auto plain = PgTarget::parse("postgresql://u@h/d");
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(value_of(*plain, "target_session_attrs"), "read-write");
  EXPECT_EQ(value_of(*plain, "connect_timeout"), "5");
  EXPECT_EQ(value_of(*plain, "tcp_user_timeout"), "10000");
  EXPECT_EQ(value_of(*plain, "client_encoding"), "UTF8");
  const auto full = PgTarget::parse(
      "postgres://u:p@one:1,two:2/d?sslmode=verify-full&connect_timeout=9&client_encoding=LATIN1"
      "&target_session_attrs=any");
  ASSERT_TRUE(full.ok());
  EXPECT_EQ(value_of(*full, "host"), "one,two");
  EXPECT_EQ(value_of(*full, "sslmode"), "verify-full");
  EXPECT_EQ(value_of(*full, "connect_timeout"), "9");
  EXPECT_EQ(value_of(*full, "target_session_attrs"), "any");
  EXPECT_EQ(value_of(*full, "client_encoding"), "UTF8");
}

TEST(PgTarget, RefusesWhatIsNoUriWithoutQuotingIt) {
  for (const char* uri : {"host=h password=hunter2", "mysql://u:hunter2@h/d", "",
                          "postgresql://u:hunter2@h/d?hunter2=1", "postgresql://u:hunter2@[h/d",
                          "postgresql://u:hunter2%@h/d"}) {
    const auto parsed = PgTarget::parse(uri);
    ASSERT_FALSE(parsed.ok()) << uri;
    EXPECT_EQ(parsed.error().code, ErrorCode::config_invalid);
    EXPECT_EQ(parsed.error().detail.find("hunter2"), std::string::npos) << parsed.error().detail;
  }
}

TEST(PgTarget, TakesThePasswordOutOfAText) {
  const auto target = PgTarget::parse("postgresql://u:hunter%202@h/d?sslpassword=keypass");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->without_secrets("hunter 2: wrong (hunter 2, keypass)"),
            "***: wrong (***, ***)");
}

class PostgresOpen : public ::testing::Test {
 protected:
  void SetUp() override {
    B3_NEEDS_POSTGRES();
    base::configure_log(base::LogLevel::off, base::LogFormat::text);
    ASSERT_NE(TestPostgres::shared(), nullptr);
  }
  static void expect_refused(const std::string& uri, ErrorCode code, std::string_view words) {
    const auto opened = open_postgres(uri);
    ASSERT_FALSE(opened.ok()) << words;
    EXPECT_EQ(opened.error().code, code) << opened.error().detail;
    EXPECT_NE(opened.error().detail.find(words), std::string::npos) << opened.error().detail;
    EXPECT_EQ(opened.error().detail.find("hunter2"), std::string::npos) << opened.error().detail;
  }
};

TEST_F(PostgresOpen, TellsWhatIsMissing) {
  const std::string folder = TestPostgres::shared()->socket_folder();
  expect_refused("postgresql://b3iq:hunter2@/nowhere?host=" + folder, ErrorCode::storage_failed,
                 "\"nowhere\" does not exist");
  expect_refused("postgresql://nobody-here:hunter2@/postgres?host=" + folder,
                 ErrorCode::storage_failed, "nobody-here");
  expect_refused("postgresql://b3iq:hunter2@/postgres?host=/nowhere", ErrorCode::storage_failed,
                 "cannot be reached");
}

TEST_F(PostgresOpen, RefusesAServerThatAnswersBeforeTheDisk) {
  TestPostgres& server = *TestPostgres::shared();
  const std::string uri = server.create_database();
  const std::string name = uri.substr(uri.find(":///") + 4, uri.find('?') - uri.find(":///") - 4);
  server.sql("postgres", "ALTER DATABASE " + name + " SET synchronous_commit = off");
  expect_refused(uri, ErrorCode::config_invalid, "synchronous_commit");
  PostgresOptions options;
  options.allow_asynchronous_commit = true;
  EXPECT_TRUE(open_postgres(uri, options).ok());
}

TEST_F(PostgresOpen, RefusesAnotherEncodingThanUtf8) {
  TestPostgres& server = *TestPostgres::shared();
  server.sql("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
  expect_refused(server.uri("latin"), ErrorCode::config_invalid, "UTF8");
}

TEST_F(PostgresOpen, ARoleWithoutRightsIsTold) {
  TestPostgres& server = *TestPostgres::shared();
  const std::string uri = server.create_database();
  const auto owner = open_or_fail(uri);
  ASSERT_TRUE(owner != nullptr && owner->migrate(kNumbers).ok());
  server.sql("postgres", "CREATE ROLE stranger LOGIN");
  const auto stranger = open_or_fail(uri + "&user=stranger");
  ASSERT_NE(stranger, nullptr);
  const auto refused = stranger->write_blocking([](Transaction& t) { return insert_number(t, 1); });
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::storage_failed);
  EXPECT_NE(refused.error().detail.find("permission denied for table numbers"), std::string::npos)
      << refused.error().detail;
  EXPECT_EQ(stranger->backup_to("/nowhere").error().code, ErrorCode::unimplemented);
}

TEST_F(PostgresOpen, AChangedSchemaIsSeenByConnectionsThatAreOpen) {
  static const Statement all{"SELECT * FROM counters WHERE name = 'a'"};
  TestPostgres& server = *TestPostgres::shared();
  const std::string uri = server.create_database();
  const auto db = open_or_fail(uri);
  ASSERT_TRUE(db != nullptr && db->migrate(kNumbers).ok());
  int columns = 0;
  const auto look = [&](Transaction& t) -> base::Task<base::Status> {
    auto keep = [&](const Row& row) {
      columns = row.is_null(2) ? 2 : 3;
      static_cast<void>(row);
      return true;
    };
    co_return co_await t.query(all, {}, keep);
  };
  static_cast<void>(db->write_blocking(look));
  const auto other = open_or_fail(uri);
  ASSERT_NE(other, nullptr);
  ASSERT_TRUE(other
                  ->write_blocking([](Transaction& t) {
                    return t.exec_script("ALTER TABLE counters ADD COLUMN more BIGINT DEFAULT 7");
                  })
                  .ok());
  const auto again = db->write_blocking(look);
  EXPECT_TRUE(again.ok()) << again.error().detail;
  EXPECT_EQ(columns, 3);
}

}  // namespace
}  // namespace b3iq::storage
