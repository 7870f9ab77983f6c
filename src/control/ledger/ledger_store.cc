#include "control/ledger/ledger_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/ledger/ledger_rows.h"
#include "storage/made_statement.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Status;
using base::Task;
using storage::Statement;
using storage::Transaction;

namespace {

constexpr Statement kInsertAccount{
    "INSERT INTO ledger_accounts (account_id, balance_wei, reserved_wei, entries, last_at_ms, "
    "totals, locks) VALUES ($1, $2, $3, 0, $4, $5, 0)"};
// The change is what keeps others out: row locks by name are not in the shared SQL.
constexpr Statement kLockAccount{
    "UPDATE ledger_accounts SET locks = locks + 1 WHERE account_id = $1 RETURNING account_id, "
    "balance_wei, reserved_wei, entries, last_at_ms, totals"};
constexpr Statement kUpdateAccount{
    "UPDATE ledger_accounts SET balance_wei = $2, reserved_wei = $3, entries = $4, last_at_ms = "
    "$5, totals = $6 WHERE account_id = $1 AND entries = $7"};
constexpr Statement kHold{
    "SELECT job_id, account_id, billing_status, reserved_wei, debited_wei, reserve_seq, end_seq, "
    "refund_seq, receipt_hash, created_at_ms, ended_at_ms FROM ledger_holds WHERE job_id = $1"};
// The same of so many at once; of fewer than the second number, each by itself.
constexpr std::size_t kHoldsTogether = 64;
constexpr std::size_t kFewHolds = 16;
const Statement& holds_statement() {
  static const storage::MadeStatement made([] {
    std::string sql(kHold.sql.substr(0, kHold.sql.find(" = $1")));
    for (std::size_t i = 1; i <= kHoldsTogether; ++i)
      sql += fmt::format("{}${}", i == 1 ? " IN (" : ", ", i);
    return sql + ")";
  }());
  return made.statement();
}
constexpr Statement kEarning{
    "SELECT payout_id, job_id, kind, node_id, status, charged_wei, amount_wei, fee_wei, "
    "rounding_wei, receipt_hash, created_at_ms FROM payouts WHERE job_id = $1 AND kind = "
    "'earning'"};
constexpr Statement kFunds{
    "SELECT account_id, reference, seq, kind, amount_wei, reason, made_by FROM ledger_funds WHERE "
    "account_id = $1 AND reference = $2"};
constexpr Statement kLastDebitBefore{
    "SELECT kind_entries, kind_total_wei, account_id FROM ledger_entries WHERE account_id = $1 AND "
    "kind = 'debit' AND created_at_ms <= $2 ORDER BY created_at_ms DESC, seq DESC LIMIT 1"};
constexpr Statement kInsertEntry{
    "INSERT INTO ledger_entries (account_id, seq, entry_id, kind, amount_wei, balance_after_wei, "
    "reserved_after_wei, kind_entries, kind_total_wei, private_job_id, receipt_hash, "
    "created_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"};
constexpr std::size_t kEntryColumns = 12;
constexpr Statement kInsertHold{
    "INSERT INTO ledger_holds (job_id, account_id, billing_status, reserved_wei, debited_wei, "
    "reserve_seq, end_seq, refund_seq, receipt_hash, created_at_ms, ended_at_ms) VALUES ($1, $2, "
    "$3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (job_id) DO NOTHING"};
constexpr std::size_t kHoldColumns = 11;
// An UPDATE of one row, in a form of which a server takes many rows at once.
constexpr Statement kEndHold{
    "INSERT INTO ledger_holds (job_id, account_id, billing_status, reserved_wei, debited_wei, "
    "reserve_seq, end_seq, refund_seq, receipt_hash, created_at_ms, ended_at_ms) VALUES ($1, $2, "
    "$3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (job_id) DO UPDATE SET billing_status = "
    "excluded.billing_status, debited_wei = excluded.debited_wei, end_seq = excluded.end_seq, "
    "refund_seq = excluded.refund_seq, receipt_hash = excluded.receipt_hash, ended_at_ms = "
    "excluded.ended_at_ms WHERE "
    "ledger_holds.billing_status = 'reserved'"};
constexpr Statement kRefundHold{
    "UPDATE ledger_holds SET billing_status = $2, refund_seq = $3 WHERE job_id = $1 AND "
    "billing_status = $4"};
constexpr Statement kInsertPayout{
    "INSERT INTO payouts (payout_id, job_id, kind, node_id, status, charged_wei, amount_wei, "
    "fee_wei, rounding_wei, receipt_hash, created_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
    "$9, $10, $11)"};
constexpr std::size_t kPayoutColumns = 11;
constexpr Statement kUpdatePayout{
    "UPDATE payouts SET status = $2 WHERE payout_id = $1 AND status = $3"};
constexpr Statement kInsertFunds{
    "INSERT INTO ledger_funds (account_id, reference, seq, kind, amount_wei, reason, made_by) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)"};

void put(LedgerRows& rows, const LedgerPayout& payout) {
  rows.text(payout.id).text(payout.job_id).text(wire_name(payout.kind)).text(payout.node_id);
  rows.text(wire_name(payout.status)).amount(payout.split.charged).amount(payout.split.payout);
  rows.amount(payout.split.fee).amount(payout.rounding).text(payout.receipt_hash);
  rows.number(payout.created_at_ms);
}

Error changed_meanwhile() {
  return Error(ErrorCode::conflict,
               "The ledger was changed meanwhile by somebody else; send the request again.");
}

// Each row must have found what it expects.
Task<Status> exec_each(Transaction& tx, const Statement& statement, const LedgerRows& rows,
                       std::size_t columns) {
  if (rows.empty()) co_return Status();
  CO_TRY(const auto changed, co_await tx.exec_many(statement, rows.values(), columns));
  if (std::ranges::all_of(changed, [](std::int64_t count) { return count == 1; }))
    co_return Status();
  co_return changed_meanwhile();
}

Task<Status> insert_each(Transaction& tx, const Statement& statement, const LedgerRows& rows,
                         std::size_t columns) {
  if (rows.empty()) co_return Status();
  CO_TRY(const auto changed, co_await tx.insert_many(statement, rows.values(), columns));
  if (static_cast<std::size_t>(changed) == rows.values().size() / columns) co_return Status();
  co_return changed_meanwhile();
}

void put(LedgerRows& rows, const LedgerHold& hold) {
  rows.text(hold.job_id).text(hold.account_id).text(wire_name(hold.status)).amount(hold.reserved);
  rows.amount(hold.debited).number(hold.reserve_seq).number(hold.end_seq).number(hold.refund_seq);
  rows.text(hold.receipt_hash).number(hold.created_at_ms).number(hold.ended_at_ms);
}

Task<Status> write_holds(Transaction& tx, const LedgerBook& book) {
  LedgerRows made;
  LedgerRows ended;
  LedgerRows refunded;
  for (const auto& [job_id, hold] : book.holds()) {
    if (!hold.changed()) continue;
    if (hold.status_before == BillingStatus::unbilled) {
      put(made, hold.now);
    } else if (hold.status_before == BillingStatus::reserved) {
      put(ended, hold.now);
    } else {
      refunded.text(job_id).text(wire_name(hold.now.status)).number(hold.now.refund_seq);
      refunded.text(wire_name(hold.status_before));
    }
  }
  CO_TRY_OK(co_await insert_each(tx, kInsertHold, made, kHoldColumns));
  CO_TRY_OK(co_await insert_each(tx, kEndHold, ended, kHoldColumns));
  co_return co_await exec_each(tx, kRefundHold, refunded, 4);
}

Task<Status> write_payouts(Transaction& tx, const LedgerBook& book) {
  LedgerRows made;
  LedgerRows moved;
  for (const auto& [job_id, payout] : book.earnings()) {
    if (payout.is_new) {
      put(made, payout.now);
    } else if (payout.now.status != payout.status_before) {
      moved.text(payout.now.id).text(wire_name(payout.now.status));
      moved.text(wire_name(payout.status_before));
    }
  }
  for (const auto& correction : book.corrections()) put(made, correction);
  CO_TRY_OK(co_await insert_each(tx, kInsertPayout, made, kPayoutColumns));
  co_return co_await exec_each(tx, kUpdatePayout, moved, 3);
}

Task<Status> write_entries(Transaction& tx, const LedgerBook& book) {
  LedgerRows rows;
  for (const auto& entry : book.entries()) {
    rows.text(entry.account_id).number(entry.seq).text(entry.id).text(stored_name(entry.kind));
    rows.amount(entry.amount).amount(entry.balance_after).amount(entry.reserved_after);
    rows.number(entry.kind_total.entries).amount(entry.kind_total.amount).text(entry.job_id);
    rows.text(entry.receipt_hash).number(entry.created_at_ms);
  }
  co_return co_await insert_each(tx, kInsertEntry, rows, kEntryColumns);
}

Task<Status> write_accounts(Transaction& tx, const LedgerBook& book) {
  LedgerRows rows;
  for (const auto& [id, account] : book.accounts()) {
    if (!account.changed()) continue;
    const auto& now = account.now;
    rows.text(now.id).amount(now.balance).amount(now.reserved).number(now.entries);
    rows.number(now.last_at_ms).totals(now.totals).number(account.entries_before);
  }
  co_return co_await exec_each(tx, kUpdateAccount, rows, 7);
}

Task<Status> write_funds(Transaction& tx, const LedgerBook& book) {
  LedgerRows rows;
  for (const auto& funds : book.new_funds()) {
    rows.text(funds.account_id).text(funds.reference).number(funds.seq);
    rows.text(stored_name(funds.kind)).amount(funds.amount).text(funds.reason);
    rows.text(funds.made_by);
  }
  co_return co_await insert_each(tx, kInsertFunds, rows, 7);
}

// Runs `statement` for each of `rows`; `take` adds what comes to the book.
template <class Take>
Task<Status> load(Transaction& tx, const Statement& statement, const LedgerRows& rows,
                  std::size_t columns, Take take) {
  if (rows.empty()) co_return Status();
  co_return co_await tx.query_many(statement, rows.values(), columns, std::move(take));
}

}  // namespace

Task<Status> insert_account(Transaction& tx, std::string_view account_id, std::int64_t now_ms) {
  LedgerRows row;
  row.text(account_id).amount({}).amount({}).number(now_ms).totals({});
  CO_TRY([[maybe_unused]] const auto made, co_await tx.exec(kInsertAccount, row.values()));
  co_return Status();
}

Task<Status> lock_accounts(Transaction& tx, std::span<const std::string_view> ids,
                           LedgerBook& book) {
  LedgerRows rows;
  for (const auto id : ids) rows.text(id);
  auto take = [&book](const storage::Row& row) { book.add(read_account(row)); };
  co_return co_await load(tx, kLockAccount, rows, 1, std::move(take));
}

Task<Status> load_holds(Transaction& tx, std::span<const std::string_view> job_ids,
                        LedgerBook& book) {
  auto take = [&book](const storage::Row& row) { book.add(read_hold(row)); };
  LedgerRows together;
  while (job_ids.size() >= kFewHolds) {
    const auto part = job_ids.first(std::min(kHoldsTogether, job_ids.size()));
    for (const auto id : part) together.text(id);
    for (std::size_t i = part.size(); i < kHoldsTogether; ++i) together.text({});  // no job
    job_ids = job_ids.subspan(part.size());
  }
  CO_TRY_OK(co_await load(tx, holds_statement(), together, kHoldsTogether, take));
  LedgerRows rows;
  for (const auto id : job_ids) rows.text(id);
  co_return co_await load(tx, kHold, rows, 1, take);
}

Task<Status> load_earnings(Transaction& tx, std::span<const std::string_view> job_ids,
                           LedgerBook& book) {
  LedgerRows rows;
  for (const auto id : job_ids) rows.text(id);
  auto take = [&book](const storage::Row& row) { book.add(read_payout(row)); };
  co_return co_await load(tx, kEarning, rows, 1, std::move(take));
}

Task<Status> load_funds(Transaction& tx, std::span<const FundsKey> keys, LedgerBook& book) {
  LedgerRows rows;
  for (const auto& key : keys) rows.text(key.account_id).text(key.reference);
  auto take = [&book](const storage::Row& row) {
    LedgerFunds funds;
    funds.account_id = row.text(0);
    funds.reference = row.text(1);
    funds.seq = row.integer(2);
    funds.kind = entry_kind_from_stored(row.text(3)).value_or(EntryKind::credit);
    funds.amount = read_amount(row, 4);
    funds.reason = row.text(5);
    funds.made_by = row.text(6);
    book.add(std::move(funds));
  };
  co_return co_await load(tx, kFunds, rows, 2, std::move(take));
}

Task<Status> load_spent_before(Transaction& tx, std::span<const SpendWindow> windows,
                               std::int64_t now_ms, LedgerBook& book) {
  for (const auto& window : windows) {
    LedgerRows row;
    row.text(window.account_id).number(now_ms - window.window_ms);
    auto take = [&](const storage::Row& found) {
      const KindTotal debits{found.integer(0), read_amount(found, 1)};
      book.add_spent_before(std::string(window.account_id), window.window_ms, debits);
    };
    CO_TRY_OK(co_await load(tx, kLastDebitBefore, row, 2, std::move(take)));
  }
  co_return Status();
}

Task<Status> write_book(Transaction& tx, const LedgerBook& book) {
  CO_TRY_OK(co_await write_holds(tx, book));
  CO_TRY_OK(co_await write_entries(tx, book));
  CO_TRY_OK(co_await write_payouts(tx, book));
  CO_TRY_OK(co_await write_funds(tx, book));
  co_return co_await write_accounts(tx, book);
}

}  // namespace b3iq::control
