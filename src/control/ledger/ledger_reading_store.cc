#include "control/ledger/ledger_reading_store.h"

#include "control/ledger/ledger_rows.h"

namespace b3iq::control {

using base::Status;
using base::Task;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kAccount{
    "SELECT account_id, balance_wei, reserved_wei, entries, last_at_ms, totals FROM "
    "ledger_accounts WHERE account_id = $1"};
constexpr Statement kAccountAfter{
    "SELECT account_id, balance_wei, reserved_wei, entries, last_at_ms, totals FROM "
    "ledger_accounts WHERE account_id > $1 ORDER BY account_id LIMIT 1"};
constexpr Statement kEntriesNewest{
    "SELECT account_id, seq, entry_id, kind, amount_wei, balance_after_wei, reserved_after_wei, "
    "kind_entries, kind_total_wei, private_job_id, receipt_hash, created_at_ms FROM ledger_entries "
    "WHERE account_id = $1 ORDER BY seq DESC LIMIT $2"};
constexpr Statement kEntriesBefore{
    "SELECT account_id, seq, entry_id, kind, amount_wei, balance_after_wei, reserved_after_wei, "
    "kind_entries, kind_total_wei, private_job_id, receipt_hash, created_at_ms FROM ledger_entries "
    "WHERE account_id = $1 AND seq < $3 ORDER BY seq DESC LIMIT $2"};
constexpr Statement kEntriesAfter{
    "SELECT account_id, seq, entry_id, kind, amount_wei, balance_after_wei, reserved_after_wei, "
    "kind_entries, kind_total_wei, private_job_id, receipt_hash, created_at_ms FROM ledger_entries "
    "WHERE account_id = $1 AND seq > $3 ORDER BY seq LIMIT $2"};
constexpr Statement kEntryAt{
    "SELECT account_id, seq, entry_id, kind, amount_wei, balance_after_wei, reserved_after_wei, "
    "kind_entries, kind_total_wei, private_job_id, receipt_hash, created_at_ms FROM ledger_entries "
    "WHERE account_id = $1 AND seq = $2"};
constexpr Statement kKindTotal{
    "SELECT kind_entries, kind_total_wei FROM ledger_entries WHERE account_id = $1 AND kind = $2 "
    "AND created_at_ms <= $3 ORDER BY created_at_ms DESC, seq DESC LIMIT 1"};
constexpr Statement kHold{
    "SELECT job_id, account_id, billing_status, reserved_wei, debited_wei, reserve_seq, end_seq, "
    "refund_seq, receipt_hash, created_at_ms, ended_at_ms FROM ledger_holds WHERE job_id = $1"};
constexpr Statement kOpenHolds{
    "SELECT job_id, account_id, billing_status, reserved_wei, debited_wei, reserve_seq, end_seq, "
    "refund_seq, receipt_hash, created_at_ms, ended_at_ms FROM ledger_holds WHERE billing_status = "
    "'reserved' AND created_at_ms < $1 ORDER BY created_at_ms, job_id LIMIT $2"};
constexpr Statement kHoldsAfter{
    "SELECT job_id, account_id, billing_status, reserved_wei, debited_wei, reserve_seq, end_seq, "
    "refund_seq, receipt_hash, created_at_ms, ended_at_ms FROM ledger_holds WHERE job_id > $1 "
    "ORDER BY job_id LIMIT $2"};
constexpr Statement kPayoutsOfJob{
    "SELECT payout_id, job_id, kind, node_id, status, charged_wei, amount_wei, fee_wei, "
    "rounding_wei, receipt_hash, created_at_ms FROM payouts WHERE job_id = $1"};
constexpr Statement kPayoutsAfter{
    "SELECT payout_id, job_id, kind, node_id, status, charged_wei, amount_wei, fee_wei, "
    "rounding_wei, receipt_hash, created_at_ms FROM payouts WHERE payout_id > $1 ORDER BY "
    "payout_id LIMIT $2"};

template <class T, class Read>
Task<Status> read_one(Transaction& tx, const Statement& statement, std::span<const Value> values,
                      std::optional<T>& out, Read read) {
  out.reset();
  auto take = [&out, read](const storage::Row& row) {
    out = read(row);
    return false;
  };
  co_return co_await tx.query(statement, values, std::move(take));
}

template <class T, class Read>
Task<Status> read_all(Transaction& tx, const Statement& statement, std::span<const Value> values,
                      std::vector<T>& out, Read read) {
  out.clear();
  auto take = [&out, read](const storage::Row& row) {
    out.push_back(read(row));
    return true;
  };
  co_return co_await tx.query(statement, values, std::move(take));
}

std::vector<Value> values_of(std::span<const std::string_view> ids) {
  return {ids.begin(), ids.end()};
}

}  // namespace

Task<Status> select_account(Transaction& tx, std::string_view account_id,
                            std::optional<LedgerAccount>& out) {
  const Value values[] = {account_id};
  co_return co_await read_one(tx, kAccount, values, out, read_account);
}

Task<Status> select_account_after(Transaction& tx, std::string_view after_id,
                                  std::optional<LedgerAccount>& out) {
  const Value values[] = {after_id};
  co_return co_await read_one(tx, kAccountAfter, values, out, read_account);
}

Task<Status> select_entries_before(Transaction& tx, std::string_view account_id,
                                   std::int64_t before_seq, std::int64_t limit,
                                   std::vector<LedgerEntry>& out) {
  if (before_seq == 0) {
    const Value newest[] = {account_id, limit};
    co_return co_await read_all(tx, kEntriesNewest, newest, out, read_entry);
  }
  const Value values[] = {account_id, limit, before_seq};
  co_return co_await read_all(tx, kEntriesBefore, values, out, read_entry);
}

Task<Status> select_entries_after(Transaction& tx, std::string_view account_id,
                                  std::int64_t after_seq, std::int64_t limit,
                                  std::vector<LedgerEntry>& out) {
  const Value values[] = {account_id, limit, after_seq};
  co_return co_await read_all(tx, kEntriesAfter, values, out, read_entry);
}

Task<Status> select_kind_total(Transaction& tx, std::string_view account_id, EntryKind kind,
                               std::int64_t until_ms, KindTotal& out) {
  out = {};
  const Value values[] = {account_id, stored_name(kind), until_ms};
  auto take = [&out](const storage::Row& row) {
    out = {row.integer(0), read_amount(row, 1)};
    return false;
  };
  co_return co_await tx.query(kKindTotal, values, std::move(take));
}

Task<Status> select_hold(Transaction& tx, std::string_view job_id, std::optional<LedgerHold>& out) {
  const Value values[] = {job_id};
  co_return co_await read_one(tx, kHold, values, out, read_hold);
}

Task<Status> select_open_holds(Transaction& tx, std::int64_t before_ms, std::int64_t limit,
                               std::vector<LedgerHold>& out) {
  const Value values[] = {before_ms, limit};
  co_return co_await read_all(tx, kOpenHolds, values, out, read_hold);
}

Task<Status> select_holds_after(Transaction& tx, std::string_view after_job, std::int64_t limit,
                                std::vector<LedgerHold>& out) {
  const Value values[] = {after_job, limit};
  co_return co_await read_all(tx, kHoldsAfter, values, out, read_hold);
}

Task<Status> select_payouts_after(Transaction& tx, std::string_view after_id, std::int64_t limit,
                                  std::vector<LedgerPayout>& out) {
  const Value values[] = {after_id, limit};
  co_return co_await read_all(tx, kPayoutsAfter, values, out, read_payout);
}

Task<Status> select_holds_of(Transaction& tx, std::span<const std::string_view> job_ids,
                             HoldsByJob& out) {
  out.clear();
  if (job_ids.empty()) co_return Status();
  const auto values = values_of(job_ids);
  auto take = [&out](const storage::Row& row) {
    auto hold = read_hold(row);
    auto id = hold.job_id;
    out.insert_or_assign(std::move(id), std::move(hold));
  };
  co_return co_await tx.query_many(kHold, values, 1, std::move(take));
}

Task<Status> select_payouts_of(Transaction& tx, std::span<const std::string_view> job_ids,
                               PayoutsByJob& out) {
  out.clear();
  if (job_ids.empty()) co_return Status();
  const auto values = values_of(job_ids);
  auto take = [&out](const storage::Row& row) {
    auto payout = read_payout(row);
    auto key = std::pair(payout.job_id, payout.kind);
    out.insert_or_assign(std::move(key), std::move(payout));
  };
  co_return co_await tx.query_many(kPayoutsOfJob, values, 1, std::move(take));
}

Task<Status> select_entries_at(Transaction& tx, std::span<const EntryKey> keys, EntriesByKey& out) {
  out.clear();
  if (keys.empty()) co_return Status();
  std::vector<Value> values;
  values.reserve(keys.size() * 2);
  for (const auto& [account, seq] : keys) {
    values.emplace_back(std::string_view(account));
    values.emplace_back(seq);
  }
  auto take = [&out](const storage::Row& row) {
    auto entry = read_entry(row);
    auto key = EntryKey(entry.account_id, entry.seq);
    out.insert_or_assign(std::move(key), std::move(entry));
  };
  co_return co_await tx.query_many(kEntryAt, values, 2, std::move(take));
}

}  // namespace b3iq::control
