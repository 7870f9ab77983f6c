// A database as its driver opens it, with tables for the cases of storage/conformance.h.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "storage/conformance/items_table.h"
#include "storage/schema_text.h"

namespace b3iq::storage::conformance {

using base::ErrorCode;

template <class Driver>
class DatabaseConformance : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = Driver::missing(); !why.empty()) GTEST_SKIP() << why;
    db_ = driver_.open();
    ASSERT_NE(db_, nullptr);
    const auto status = db_->migrate(migrations());
    ASSERT_TRUE(status.ok()) << status.error().detail;
  }
  std::span<const Migration> migrations() const { return list_; }
  void reopen() {
    db_.reset();
    db_ = driver_.open();
    ASSERT_NE(db_, nullptr);
  }

  const std::vector<Migration> list_ = {
      {1, "items",
       "CREATE TABLE items (id BIGINT PRIMARY KEY, name TEXT NOT NULL, amount BIGINT NOT NULL);"
       "CREATE TABLE parts (id BIGINT PRIMARY KEY, item BIGINT NOT NULL REFERENCES items (id))"},
      // BYTEA is the name of byte strings that both drivers take.
      {2, "kinds",
       "CREATE TABLE kinds (id BIGINT PRIMARY KEY, t TEXT, r DOUBLE PRECISION, b BYTEA)"},
  };
  const std::string more_[6] = {
      "CREATE TABLE m3 (id BIGINT PRIMARY KEY)", "CREATE TABLE m4 (id BIGINT PRIMARY KEY)",
      "CREATE TABLE m5 (id BIGINT PRIMARY KEY)", "CREATE TABLE m6 (id BIGINT PRIMARY KEY)",
      "CREATE TABLE m7 (id BIGINT PRIMARY KEY)", "CREATE TABLE m8 (id BIGINT PRIMARY KEY)"};
  Driver driver_;
  std::unique_ptr<Database> db_;
};

TYPED_TEST_SUITE_P(DatabaseConformance);

}  // namespace b3iq::storage::conformance
