#include "storage/postgres/pg_value.h"

#include <gtest/gtest.h>

#include <cmath>

#include "storage/postgres/postgres_database.h"
#include "storage/testing/test_postgres.h"

namespace b3iq::storage {
namespace {

using base::ErrorCode;
using base::Status;
using base::Task;

TEST(CountParameters, CountsWhatIsNotQuoted) {
  EXPECT_EQ(*count_parameters("SELECT 1"), 0u);
  EXPECT_EQ(*count_parameters("SELECT $1, $2, $1"), 2u);
  EXPECT_EQ(*count_parameters("SELECT '$9 it''s $8', \"$7\", $1 -- $6\n /* $5 */ + $2"), 2u);
  EXPECT_EQ(*count_parameters("SELECT $10, $9, $8, $7, $6, $5, $4, $3, $2, $1"), 10u);
}

TEST(CountParameters, RefusesGapsAndNames) {
  for (const char* sql : {"SELECT $2", "SELECT $1, $3", "SELECT $0", "SELECT $name", "SELECT $",
                          "SELECT $1000", "SELECT $99999999999999999999999"}) {
    EXPECT_FALSE(count_parameters(sql).ok()) << sql;
  }
}

class PgValues : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = TestPostgres::missing(); !why.empty()) GTEST_SKIP() << why;
    ASSERT_NE(TestPostgres::shared(), nullptr);
    auto opened = open_postgres(TestPostgres::shared()->create_database());
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    db_ = std::move(opened).value();
  }
  // Runs a query that gives one row.
  Status ask(std::string_view sql, std::function<void(const Row&)> look) {
    const Statement statement{sql};
    Body body = [&](Transaction& t) -> Task<Status> {
      auto keep = [&](const Row& row) {
        look(row);
        return true;
      };
      co_return co_await t.query(statement, {}, keep);
    };
    return db_->read_blocking(std::move(body));
  }
  std::int64_t integer(std::string_view sql) {
    std::int64_t value = 0;
    const Status status = ask(sql, [&](const Row& row) { value = row.integer(0); });
    EXPECT_TRUE(status.ok()) << sql << ": " << status.error().detail;
    return value;
  }
  double real(std::string_view sql) {
    double value = 0;
    const Status status = ask(sql, [&](const Row& row) { value = row.real(0); });
    EXPECT_TRUE(status.ok()) << sql << ": " << status.error().detail;
    return value;
  }
  std::unique_ptr<Database> db_;
};

TEST_F(PgValues, WholeNumbersOfEveryWidth) {
  EXPECT_EQ(integer("SELECT 32767::smallint"), 32767);
  EXPECT_EQ(integer("SELECT (-32768)::smallint"), -32768);
  EXPECT_EQ(integer("SELECT (-2147483648)::integer"), -2147483648LL);
  EXPECT_EQ(integer("SELECT 9223372036854775807"), 9223372036854775807LL);
  EXPECT_EQ(integer("SELECT true"), 1);
  EXPECT_EQ(integer("SELECT NULL::bigint"), 0);
}

TEST_F(PgValues, SumsComeAsNumericAndAreRead) {
  EXPECT_EQ(integer("SELECT SUM(x) FROM (VALUES (9223372036854775806::bigint), (1)) v (x)"),
            9223372036854775807LL);
  EXPECT_EQ(integer("SELECT 0::numeric"), 0);
  EXPECT_EQ(integer("SELECT 10000::numeric"), 10000);
  EXPECT_EQ(integer("SELECT (-100000001)::numeric"), -100000001);
  EXPECT_EQ(integer("SELECT (-9223372036854775808)::numeric"),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(integer("SELECT 120000000.000::numeric"), 120000000);
  EXPECT_DOUBLE_EQ(real("SELECT 1234.5678::numeric"), 1234.5678);
  EXPECT_DOUBLE_EQ(real("SELECT (-0.0001)::numeric"), -0.0001);
  EXPECT_DOUBLE_EQ(real("SELECT AVG(x) FROM (VALUES (1), (2)) v (x)"), 1.5);
}

TEST_F(PgValues, RealNumbers) {
  EXPECT_EQ(real("SELECT 0.1::double precision"), 0.1);
  EXPECT_EQ(real("SELECT 1.5::real"), 1.5);
  EXPECT_EQ(real("SELECT 7::integer"), 7.0);
  EXPECT_TRUE(std::isinf(real("SELECT 'Infinity'::double precision")));
}

TEST_F(PgValues, AColumnReadAsWhatItIsNotIsAnError) {
  const auto refused = [&](std::string_view sql, std::function<void(const Row&)> look) {
    const Status status = ask(sql, std::move(look));
    ASSERT_FALSE(status.ok()) << sql;
    EXPECT_EQ(status.error().code, ErrorCode::internal);
    EXPECT_NE(status.error().detail.find("another type"), std::string::npos);
  };
  refused("SELECT 'x'::text", [](const Row& row) { row.integer(0); });
  refused("SELECT 1", [](const Row& row) { row.text(0); });
  refused("SELECT 'x'::text", [](const Row& row) { row.blob(0); });
  refused("SELECT 1.5::numeric", [](const Row& row) { row.integer(0); });
  refused("SELECT 9223372036854775808::numeric", [](const Row& row) { row.integer(0); });
  refused("SELECT 'NaN'::numeric", [](const Row& row) { row.integer(0); });
  refused("SELECT 1", [](const Row& row) { row.integer(1); });
}

TEST_F(PgValues, ATextThatTheServerCannotKeepIsAnErrorThatDoesNotQuoteIt) {
  static const Statement echo{"SELECT $1::text"};
  for (const std::string_view text :
       {std::string_view("secret\0zero", 11), std::string_view("secret\xff")}) {
    Body body = [&](Transaction& t) -> Task<Status> {
      const Value values[] = {text};
      auto keep = [](const Row&) { return true; };
      co_return co_await t.query(echo, values, keep);
    };
    const Status status = db_->write_blocking(std::move(body));
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().detail.find("secret"), std::string::npos) << status.error().detail;
  }
}

}  // namespace
}  // namespace b3iq::storage
