// What statements, parameters, values and rows of every driver do.
#pragma once

#include <limits>
#include <vector>

#include "storage/conformance/database_conformance.h"

namespace b3iq::storage::conformance {

TYPED_TEST_P(DatabaseConformance, KeepsEveryKindOfValue) {
  static const Statement insert{"INSERT INTO kinds (id, t, r, b) VALUES ($1, $2, $3, $4)"};
  static const Statement select{"SELECT id, t, r, b FROM kinds ORDER BY id"};
  const base::Bytes blob{0, 1, 255, 0};
  const std::string text = "caf\xc3\xa9 '; DROP TABLE kinds; --";
  const auto low = std::numeric_limits<std::int64_t>::min();
  const auto high = std::numeric_limits<std::int64_t>::max();
  Body body = [&](Transaction& t) -> Task<Status> {
    const Value first[] = {low, std::string_view(text), 0.1, base::ByteView(blob)};
    CO_TRY_OK(co_await t.exec(insert, first));
    const Value second[] = {std::int64_t{0}, nullptr, nullptr, nullptr};
    CO_TRY_OK(co_await t.exec(insert, second));
    const Value third[] = {high, std::string_view(), -1e300, base::ByteView()};
    CO_TRY_OK(co_await t.exec(insert, third));
    co_return Status();
  };
  ASSERT_TRUE(this->db_->write_blocking(std::move(body)).ok());
  this->reopen();
  int rows = 0;
  auto look = [&](const Row& row) {
    switch (rows++) {
      case 0:
        EXPECT_EQ(row.integer(0), low);
        EXPECT_EQ(row.text(1), text);
        EXPECT_EQ(row.real(2), 0.1);
        EXPECT_TRUE(base::equal_constant_time(row.blob(3), blob));
        break;
      case 1:
        EXPECT_TRUE(row.is_null(1) && row.is_null(2) && row.is_null(3));
        EXPECT_FALSE(row.is_null(0));
        break;
      default:
        EXPECT_EQ(row.integer(0), high);
        EXPECT_FALSE(row.is_null(1));
        EXPECT_EQ(row.text(1), "");
        EXPECT_EQ(row.real(2), -1e300);
        EXPECT_FALSE(row.is_null(3));
        EXPECT_TRUE(row.blob(3).empty());
    }
    return true;
  };
  Body read = [&](Transaction& t) -> Task<Status> { co_return co_await t.query(select, {}, look); };
  ASSERT_TRUE(this->db_->read_blocking(std::move(read)).ok());
  EXPECT_EQ(rows, 3);
}

TYPED_TEST_P(DatabaseConformance, ParametersAreBoundByNumber) {
  static const Statement insert{"INSERT INTO items (name, amount, id) VALUES ($2, $3, $1)"};
  static const Statement twice{
      "SELECT name FROM items WHERE amount = $2 AND id = $1 AND amount = $2"};
  std::string seen;
  auto keep = [&](const Row& row) {
    seen = row.text(0);
    return true;
  };
  Body body = [&](Transaction& t) -> Task<Status> {
    const Value row[] = {std::int64_t{1}, std::string_view("two"), std::int64_t{3}};
    CO_TRY_OK(co_await t.exec(insert, row));
    const Value key[] = {std::int64_t{1}, std::int64_t{3}};
    co_return co_await t.query(twice, key, keep);
  };
  ASSERT_TRUE(this->db_->write_blocking(std::move(body)).ok());
  EXPECT_EQ(seen, "two");
}

TYPED_TEST_P(DatabaseConformance, AWrongNumberOfValuesIsRefused) {
  Body body = [](Transaction& t) -> Task<Status> {
    const Value one[] = {std::int64_t{1}};
    CO_TRY_OK(co_await t.exec(kInsert, one));
    co_return Status();
  };
  const auto status = this->db_->write_blocking(std::move(body));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::internal);
}

TYPED_TEST_P(DatabaseConformance, ExecCountsTheRowsItChanged) {
  static const Statement update{"UPDATE items SET amount = 5 WHERE id <= $1"};
  static const Statement make{"CREATE TABLE other (id BIGINT PRIMARY KEY)"};
  std::vector<std::int64_t> counts;
  Body body = [&](Transaction& t) -> Task<Status> {
    for (std::int64_t id = 1; id <= 3; ++id) CO_TRY_OK(co_await insert_item(t, id, "n", 1));
    for (const std::int64_t up_to : {0, 2, 9}) {
      const Value key[] = {up_to};
      CO_TRY(const auto changed, co_await t.exec(update, key));
      counts.push_back(changed);
    }
    CO_TRY(const auto changed, co_await t.exec(make, {}));
    counts.push_back(changed);
    co_return Status();
  };
  ASSERT_TRUE(this->db_->write_blocking(std::move(body)).ok());
  EXPECT_EQ(counts, (std::vector<std::int64_t>{0, 2, 3, 0}));
}

TYPED_TEST_P(DatabaseConformance, AQueryStopsWhenTold) {
  static const Statement select{"SELECT id FROM items ORDER BY id"};
  int rows = 0;
  auto two = [&](const Row&) { return ++rows < 2; };
  Body body = [&](Transaction& t) -> Task<Status> {
    for (std::int64_t id = 1; id <= 5; ++id) CO_TRY_OK(co_await insert_item(t, id, "n", 1));
    co_return co_await t.query(select, {}, two);
  };
  ASSERT_TRUE(this->db_->write_blocking(std::move(body)).ok());
  EXPECT_EQ(rows, 2);
}

TYPED_TEST_P(DatabaseConformance, ManyRowsInOneStatementAreCountedOneByOne) {
  static const Statement remove{"DELETE FROM items WHERE amount = $1"};
  constexpr std::int64_t kRows = 1500;
  std::vector<Value> rows;
  for (std::int64_t id = 0; id < kRows; ++id) {
    rows.insert(rows.end(), {id, std::string_view("n"), id % 3});
  }
  const Value amounts[] = {std::int64_t{7}, std::int64_t{0}, std::int64_t{1}};
  std::vector<std::int64_t> inserted, removed, none;
  Body body = [&](Transaction& t) -> Task<Status> {
    CO_TRY(inserted, co_await t.exec_many(kInsert, rows, 3));
    CO_TRY(removed, co_await t.exec_many(remove, amounts, 1));
    CO_TRY(none, co_await t.exec_many(remove, {}, 1));
    co_return Status();
  };
  const auto status = this->db_->write_blocking(std::move(body));
  ASSERT_TRUE(status.ok()) << status.error().detail;
  EXPECT_EQ(inserted, std::vector<std::int64_t>(kRows, 1));
  EXPECT_EQ(removed, (std::vector<std::int64_t>{0, kRows / 3, kRows / 3}));
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(totals(*this->db_).count, kRows / 3);
}

TYPED_TEST_P(DatabaseConformance, ManyRowsOfWhichOneFailsLeaveNothing) {
  std::vector<Value> rows;
  for (const std::int64_t id : {1, 2, 3, 2, 4}) {
    rows.insert(rows.end(), {id, std::string_view("n"), std::int64_t{1}});
  }
  Body body = [&](Transaction& t) -> Task<Status> {
    CO_TRY_OK(co_await t.exec_many(kInsert, rows, 3));
    co_return Status();
  };
  EXPECT_EQ(this->db_->write_blocking(std::move(body)).error().code, ErrorCode::conflict);
  Body uneven = [&](Transaction& t) -> Task<Status> {
    CO_TRY_OK(co_await t.exec_many(kInsert, rows, 4));
    co_return Status();
  };
  EXPECT_EQ(this->db_->write_blocking(std::move(uneven)).error().code, ErrorCode::internal);
  EXPECT_EQ(totals(*this->db_).count, 0);
}

TYPED_TEST_P(DatabaseConformance, ManyInsertedRowsAreCountedTogether) {
  static const Statement unless_there{
      "INSERT INTO items (id, name, amount) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING"};
  std::int64_t there = 0;
  std::int64_t amounts = 0;
  // Each number of rows splits into other calls, also of one row and of none.
  for (const std::int64_t count : {0, 1, 7, 8, 63, 64, 72, 1'500}) {
    std::vector<Value> rows;
    for (std::int64_t id = 0; id < count; ++id)
      rows.insert(rows.end(), {id, std::string_view("n"), id * 2});
    std::int64_t made = -1;
    Body body = [&](Transaction& t) -> Task<Status> {
      CO_TRY(made, co_await t.insert_many(unless_there, rows, 3));
      co_return Status();
    };
    const auto status = this->db_->write_blocking(std::move(body));
    ASSERT_TRUE(status.ok()) << status.error().detail;
    EXPECT_EQ(made, count - there);
    for (; there < count; ++there) amounts += there * 2;
    EXPECT_EQ(totals(*this->db_).count, there);
    EXPECT_EQ(totals(*this->db_).amount, amounts);
  }
}

TYPED_TEST_P(DatabaseConformance, ManyInsertedRowsOfWhichOneFailsLeaveNothing) {
  for (const std::size_t count : {3u, 40u, 200u}) {
    for (const std::size_t columns : {std::size_t{3}, std::size_t{count * 3 - 1}}) {
      std::vector<Value> rows;
      for (std::size_t id = 0; id < count; ++id) {
        rows.insert(rows.end(), {static_cast<std::int64_t>(id + 1 == count ? 0 : id),
                                 std::string_view("n"), std::int64_t{1}});
      }
      Body body = [&](Transaction& t) -> Task<Status> {
        CO_TRY_OK(co_await t.insert_many(kInsert, rows, columns));
        co_return Status();
      };
      EXPECT_EQ(this->db_->write_blocking(std::move(body)).error().code,
                columns == 3 ? ErrorCode::conflict : ErrorCode::internal);
    }
  }
  EXPECT_EQ(totals(*this->db_).count, 0);
}

TYPED_TEST_P(DatabaseConformance, ManyCallsOfAQueryBringTheirRowsInOrder) {
  static const Statement raise{
      "UPDATE items SET amount = amount + $2 WHERE id = $1 RETURNING id, amount"};
  constexpr std::int64_t kRows = 1'200;
  std::vector<Value> rows, raises;
  std::vector<std::pair<std::int64_t, std::int64_t>> expected, brought;
  for (std::int64_t id = 0; id < kRows; ++id) {
    rows.insert(rows.end(), {id, std::string_view("n"), id});
    raises.insert(raises.end(), {kRows - 1 - id, std::int64_t{5}});
    raises.insert(raises.end(), {kRows + id, std::int64_t{5}});  // there is no such row
    expected.emplace_back(kRows - 1 - id, kRows - 1 - id + 5);
  }
  raises.insert(raises.end(), {std::int64_t{7}, std::int64_t{1}});  // after what came before it
  expected.emplace_back(7, 13);
  auto keep = [&brought](const Row& row) { brought.emplace_back(row.integer(0), row.integer(1)); };
  Body body = [&](Transaction& t) -> Task<Status> {
    brought.clear();
    CO_TRY_OK(co_await t.exec_many(kInsert, rows, 3));
    CO_TRY_OK(co_await t.query_many(raise, {}, 2, keep));
    co_return co_await t.query_many(raise, raises, 2, keep);
  };
  const auto status = this->db_->write_blocking(std::move(body));
  ASSERT_TRUE(status.ok()) << status.error().detail;
  EXPECT_EQ(brought, expected);
}

TYPED_TEST_P(DatabaseConformance, ManyCallsOfAQueryOfWhichOneFailsLeaveNothing) {
  static const Statement insert{
      "INSERT INTO items (id, name, amount) VALUES ($1, $2, $3) RETURNING id"};
  std::vector<Value> rows;
  for (const std::int64_t id : {1, 2, 3, 2, 4}) {
    rows.insert(rows.end(), {id, std::string_view("n"), std::int64_t{1}});
  }
  for (const std::size_t columns : {3, 4}) {  // 15 values are no rows of four
    Body body = [&](Transaction& t) -> Task<Status> {
      auto take = [](const Row&) {};
      co_return co_await t.query_many(insert, rows, columns, take);
    };
    EXPECT_EQ(this->db_->write_blocking(std::move(body)).error().code,
              columns == 3 ? ErrorCode::conflict : ErrorCode::internal);
  }
  EXPECT_EQ(totals(*this->db_).count, 0);
}

TYPED_TEST_P(DatabaseConformance, AStatementWithoutMeaningFailsItsBodyAlone) {
  static const Statement nonsense{"SELECT nothing FROM nowhere"};
  Body body = [](Transaction& t) -> Task<Status> {
    CO_TRY_OK(co_await insert_item(t, 1, "n", 1));
    CO_TRY_OK(co_await t.exec(nonsense, {}));
    co_return Status();
  };
  EXPECT_EQ(this->db_->write_blocking(std::move(body)).error().code, ErrorCode::internal);
  EXPECT_EQ(totals(*this->db_).count, 0);
  EXPECT_TRUE(this->db_->write_blocking(insert_body(1)).ok());
}

TYPED_TEST_P(DatabaseConformance, AnUpsertChangesOneRowOrNone) {
  static const Statement upsert{
      "INSERT INTO items (id, name, amount) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET"
      " name = excluded.name, amount = excluded.amount WHERE items.amount < excluded.amount"};
  std::vector<std::int64_t> counts;
  for (const std::int64_t amount : {5, 7, 6, 7, 8}) {
    std::int64_t changed = -1;
    Body body = [&changed, amount](Transaction& t) -> Task<Status> {
      const Value row[] = {std::int64_t{1}, std::string_view("n"), amount};
      CO_TRY(changed, co_await t.exec(upsert, row));
      co_return Status();
    };
    ASSERT_TRUE(this->db_->write_blocking(std::move(body)).ok());
    counts.push_back(changed);
  }
  EXPECT_EQ(counts, (std::vector<std::int64_t>{1, 1, 0, 0, 1}));
  EXPECT_EQ(totals(*this->db_), (Totals{1, 8}));
}

}  // namespace b3iq::storage::conformance
