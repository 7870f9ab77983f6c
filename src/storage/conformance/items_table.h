// A table with rows that are counted and added up, for tests of databases.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/database.h"

namespace b3iq::storage::conformance {

using base::Status;
using base::Task;

inline const Statement kInsert{"INSERT INTO items (id, name, amount) VALUES ($1, $2, $3)"};
inline const Statement kCount{"SELECT COUNT(*), COALESCE(SUM(amount), 0) FROM items"};
inline const Statement kAdd{"UPDATE items SET amount = amount + $2 WHERE id = $1"};

// `name` outlives the task.
inline Task<Status> insert_item(Transaction& t, std::int64_t id, std::string_view name,
                                std::int64_t amount) {
  const Value values[] = {id, name, amount};
  CO_TRY_OK(co_await t.exec(kInsert, values));
  co_return Status();
}

inline Body insert_body(std::int64_t id, std::string name = "n", std::int64_t amount = 1) {
  return [id, name, amount](Transaction& t) { return insert_item(t, id, name, amount); };
}

struct Totals {
  std::int64_t count = -1;
  std::int64_t amount = -1;
  bool operator==(const Totals&) const = default;
};

inline Task<Status> read_totals(Transaction& t, Totals& out) {
  auto keep = [&out](const Row& row) {
    out = {row.integer(0), row.integer(1)};
    return true;
  };
  co_return co_await t.query(kCount, {}, keep);
}

inline Totals totals(Database& db) {
  Totals out;
  const auto status = db.read_blocking([&out](Transaction& t) { return read_totals(t, out); });
  EXPECT_TRUE(status.ok()) << status.error().detail;
  return out;
}

// Two rows, or none: the second breaks a constraint when `fail` is set.
enum class Fate : std::uint8_t { keep, fail };
inline Task<Status> insert_pair(Transaction& t, std::int64_t id, Fate fate) {
  CO_TRY_OK(co_await insert_item(t, id, "first", 1));
  CO_TRY_OK(co_await insert_item(t, fate == Fate::fail ? id : id + 1, "second", 1));
  co_return Status();
}

}  // namespace b3iq::storage::conformance
