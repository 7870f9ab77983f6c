// What one transaction of every driver keeps, undoes, refuses and sees.
#pragma once

#include <stdexcept>

#include "storage/conformance/database_conformance.h"

namespace b3iq::storage::conformance {

TYPED_TEST_P(DatabaseConformance, AFailingBodyLeavesNothing) {
  Body body = [](Transaction& t) { return insert_pair(t, 1, Fate::fail); };
  const auto status = this->db_->write_blocking(std::move(body));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::conflict);
  EXPECT_EQ(totals(*this->db_).count, 0);
  EXPECT_TRUE(this->db_->write_blocking(insert_body(1)).ok());
}

TYPED_TEST_P(DatabaseConformance, ABodyThatGivesUpAfterWritingLeavesNothing) {
  Body body = [](Transaction& t) -> Task<Status> {
    CO_TRY_OK(co_await insert_item(t, 1, "n", 1));
    co_return base::Error(ErrorCode::budget_exceeded, "no");
  };
  EXPECT_EQ(this->db_->write_blocking(std::move(body)).error().code, ErrorCode::budget_exceeded);
  EXPECT_EQ(totals(*this->db_).count, 0);
}

TYPED_TEST_P(DatabaseConformance, ABodyThatThrowsLeavesNothing) {
  Body body = [](Transaction& t) -> Task<Status> {
    CO_TRY_OK(co_await insert_item(t, 1, "n", 1));
    throw std::runtime_error("bug");
  };
  EXPECT_EQ(this->db_->write_blocking(std::move(body)).error().code, ErrorCode::internal);
  EXPECT_EQ(totals(*this->db_).count, 0);
}

TYPED_TEST_P(DatabaseConformance, ForeignKeysAreEnforced) {
  static const Statement part{"INSERT INTO parts (id, item) VALUES (1, 77)"};
  Body body = [](Transaction& t) -> Task<Status> {
    CO_TRY_OK(co_await t.exec(part, {}));
    co_return Status();
  };
  EXPECT_EQ(this->db_->write_blocking(std::move(body)).error().code, ErrorCode::conflict);
}

TYPED_TEST_P(DatabaseConformance, AReadCannotWrite) {
  const auto status = this->db_->read_blocking(insert_body(1));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(totals(*this->db_).count, 0);
}

TYPED_TEST_P(DatabaseConformance, AReadSeesOneSnapshot) {
  ASSERT_TRUE(this->db_->write_blocking(insert_body(1)).ok());
  Totals before, after;
  Status written;
  Body body = [&](Transaction& t) -> Task<Status> {
    CO_TRY_OK(co_await read_totals(t, before));
    written = this->db_->write_blocking(insert_body(2));
    co_return co_await read_totals(t, after);
  };
  ASSERT_TRUE(this->db_->read_blocking(std::move(body)).ok());
  EXPECT_TRUE(written.ok());
  EXPECT_EQ(before.count, 1);
  EXPECT_EQ(after, before);
  EXPECT_EQ(totals(*this->db_).count, 2);
}

}  // namespace b3iq::storage::conformance
