#include "control/nodes/validity_store.h"

#include <vector>

namespace b3iq::control {

using base::Status;
using base::Task;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kBegin{
    "INSERT INTO node_validity (node_id, from_ms, until_ms) VALUES ($1, $2, 0) "
    "ON CONFLICT (node_id, from_ms) DO UPDATE SET until_ms = 0"};
constexpr Statement kEnd{
    "UPDATE node_validity SET until_ms = $2 WHERE node_id = $1 AND until_ms = 0"};
constexpr Statement kSelect{
    "SELECT node_id, from_ms, until_ms FROM node_validity WHERE node_id = $1"};

}  // namespace

Task<Status> begin_validity(Transaction& tx, std::string_view node_id, std::int64_t at_ms) {
  const Value values[] = {node_id, at_ms};
  CO_TRY_OK(co_await tx.exec(kBegin, values));
  co_return Status();
}

Task<Status> end_validity(Transaction& tx, std::string_view node_id, std::int64_t at_ms) {
  const Value values[] = {node_id, at_ms};
  CO_TRY_OK(co_await tx.exec(kEnd, values));
  co_return Status();
}

Task<Status> select_validity(Transaction& tx, std::span<const std::string_view> node_ids,
                             base::UniqueFunction<void(const ValidityPeriod&)>& each) {
  const std::vector<Value> values(node_ids.begin(), node_ids.end());
  auto take = [&each](const storage::Row& row) {
    each({row.text(0), row.integer(1), row.integer(2)});
  };
  co_return co_await tx.query_many(kSelect, values, 1, std::move(take));
}

}  // namespace b3iq::control
