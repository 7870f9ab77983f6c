#include "control/ledger/ledger_check.h"

#include <algorithm>
#include <vector>

#include "control/ledger/ledger_reading_store.h"
#include "control/ledger/ledger_rules.h"

namespace b3iq::control {

using base::Status;
using base::Task;
using storage::Transaction;

namespace {

void add_to(Amount& sum, const Amount& amount) {
  sum = Amount::add(sum, amount).value_or(Amount::max());
}
void take_from(Amount& sum, const Amount& amount) {
  sum = Amount::subtract(sum, amount).value_or(Amount());
}

const LedgerHold* find(const HoldsByJob& holds, std::string_view job_id) {
  const auto at = holds.find(job_id);
  return at == holds.end() ? nullptr : &at->second;
}
const LedgerPayout* find(const PayoutsByJob& payouts, const std::string& job_id, PayoutKind kind) {
  const auto at = payouts.find({job_id, kind});
  return at == payouts.end() ? nullptr : &at->second;
}
const LedgerEntry* find(const EntriesByKey& entries, const std::string& account_id,
                        std::int64_t seq) {
  const auto at = entries.find({account_id, seq});
  return at == entries.end() ? nullptr : &at->second;
}

bool has_payout(EntryKind kind) { return kind == EntryKind::debit || kind == EntryKind::refund; }

// What an entry moves between the named accounts.
void count(LedgerSums& sums, const LedgerEntry& entry, const LedgerPayout* earning) {
  ++sums.entries;
  switch (entry.kind) {
    case EntryKind::credit:
    case EntryKind::adjustment_up:
      add_to(sums.outside_in, entry.amount);
      break;
    case EntryKind::adjustment_down:
      add_to(sums.outside_out, entry.amount);
      break;
    case EntryKind::debit:
      add_to(sums.nodes, earning->split.payout);
      add_to(sums.fees, earning->split.fee);
      add_to(sums.rounding, earning->rounding);
      break;
    case EntryKind::refund:
      take_from(sums.nodes, earning->split.payout);
      take_from(sums.fees, earning->split.fee);
      take_from(sums.rounding, earning->rounding);
      break;
    case EntryKind::reserve:
    case EntryKind::release:
      break;
  }
}

// The rows beside a page of entries.
struct Beside {
  HoldsByJob holds;
  PayoutsByJob payouts;
};
Task<Status> read_beside(Transaction& tx, const std::vector<LedgerEntry>& entries, Beside& out) {
  std::vector<std::string_view> jobs;
  std::vector<std::string_view> paid;
  for (const auto& entry : entries) {
    if (!entry.job_id.empty()) jobs.push_back(entry.job_id);
    if (has_payout(entry.kind)) paid.push_back(entry.job_id);
  }
  // A job's entries mostly stand together.
  std::ranges::sort(jobs);
  const auto twice = std::ranges::unique(jobs);
  jobs.erase(twice.begin(), twice.end());
  CO_TRY_OK(co_await select_holds_of(tx, jobs, out.holds));
  co_return co_await select_payouts_of(tx, paid, out.payouts);
}

// "" when all of it holds.
std::string judge(LedgerAccount& running, const LedgerEntry& entry, const Beside& beside) {
  auto text = fault_of_entry(running, entry);
  if (!text.empty()) return text;
  const bool of_job = direction_of(entry.kind) == EntryDirection::inside || has_payout(entry.kind);
  if (!of_job) return entry.job_id.empty() ? "" : "it names a job, which its kind never does";
  text = fault_of_job_entry(entry, find(beside.holds, entry.job_id));
  if (!text.empty() || !has_payout(entry.kind)) return text;
  return fault_of_payout(entry, find(beside.payouts, entry.job_id, PayoutKind::earning),
                         find(beside.payouts, entry.job_id, PayoutKind::correction));
}

std::vector<EntryKey> keys_of(const std::vector<LedgerHold>& holds) {
  std::vector<EntryKey> keys;
  for (const auto& hold : holds) {
    keys.emplace_back(hold.account_id, hold.reserve_seq);
    if (hold.end_seq != 0) {
      keys.emplace_back(hold.account_id, hold.end_seq);
      keys.emplace_back(hold.account_id, hold.end_seq + 1);
    }
    if (hold.refund_seq != 0) keys.emplace_back(hold.account_id, hold.refund_seq);
  }
  return keys;
}

}  // namespace

Task<Status> LedgerCheck::next_account(Transaction& tx, State& state) {
  CO_TRY_OK(co_await select_account_after(tx, state.last_id, state.account));
  if (!state.account) {
    state.phase = Phase::holds;
    state.last_id.clear();
    co_return Status();
  }
  state.last_id = state.account->id;
  state.running = {};
  state.running.id = state.account->id;
  co_return Status();
}

Task<Status> LedgerCheck::check_entries(Transaction& tx, State& state, std::int64_t& left) {
  auto& running = state.running;
  const auto& account = *state.account;
  // Those that came since it was begun are another run's.
  const auto want = std::min(left, account.entries - running.entries);
  std::vector<LedgerEntry> entries;
  if (want > 0)
    CO_TRY_OK(co_await select_entries_after(tx, account.id, running.entries, want, entries));
  left -= std::max<std::int64_t>(std::ssize(entries), 1);
  Beside beside;
  CO_TRY_OK(co_await read_beside(tx, entries, beside));
  for (const auto& entry : entries) {
    auto text = judge(running, entry, beside);
    if (!text.empty()) {
      state.fault = {account.id, entry.seq, entry.id, entry.job_id, "", std::move(text)};
      co_return Status();
    }
    count(state.sums, entry, find(beside.payouts, entry.job_id, PayoutKind::earning));
  }
  if (std::ssize(entries) == want && running.entries < account.entries) co_return Status();
  auto text = fault_of_account(account, running);
  if (!text.empty()) {
    state.fault = {account.id, running.entries, "", "", "", std::move(text)};
    co_return Status();
  }
  ++state.sums.accounts;
  add_to(state.sums.customers, account.balance);
  add_to(state.sums.reserved, account.reserved);
  state.account.reset();
  co_return Status();
}

Task<Status> LedgerCheck::check_holds(Transaction& tx, State& state) {
  std::vector<LedgerHold> holds;
  CO_TRY_OK(co_await select_holds_after(tx, state.last_id, kStepEntries, holds));
  EntriesByKey entries;
  const auto keys = keys_of(holds);
  CO_TRY_OK(co_await select_entries_at(tx, keys, entries));
  for (const auto& hold : holds) {
    const auto at = [&](std::int64_t seq) { return find(entries, hold.account_id, seq); };
    auto text = fault_of_hold(
        hold, {at(hold.reserve_seq), at(hold.end_seq), at(hold.end_seq + 1), at(hold.refund_seq)});
    if (!text.empty()) {
      state.fault = {hold.account_id, hold.reserve_seq, "", hold.job_id, "", std::move(text)};
      co_return Status();
    }
    ++state.sums.holds;
    state.last_id = hold.job_id;
  }
  if (std::ssize(holds) < kStepEntries) {
    state.phase = Phase::payouts;
    state.last_id.clear();
  }
  co_return Status();
}

Task<Status> LedgerCheck::check_payouts(Transaction& tx, State& state) {
  std::vector<LedgerPayout> payouts;
  CO_TRY_OK(co_await select_payouts_after(tx, state.last_id, kStepEntries, payouts));
  std::vector<std::string_view> jobs;
  jobs.reserve(payouts.size());
  for (const auto& payout : payouts) jobs.push_back(payout.job_id);
  HoldsByJob holds;
  CO_TRY_OK(co_await select_holds_of(tx, jobs, holds));
  for (const auto& payout : payouts) {
    auto text = fault_of_payout_row(payout, find(holds, payout.job_id));
    if (!text.empty()) {
      state.fault = {"", 0, "", payout.job_id, payout.id, std::move(text)};
      co_return Status();
    }
    ++state.sums.payouts;
    state.last_id = payout.id;
  }
  if (std::ssize(payouts) < kStepEntries) end(state);
  co_return Status();
}

// outside in = outside out + customers + nodes + fees + rounding. Sums that reached the largest
// amount say nothing.
void LedgerCheck::end(State& state) {
  state.phase = Phase::ended;
  const auto& sums = state.sums;
  Amount whole = sums.outside_out;
  for (const auto* part : {&sums.customers, &sums.nodes, &sums.fees, &sums.rounding})
    add_to(whole, *part);
  if (whole == sums.outside_in || whole == Amount::max() || sums.outside_in == Amount::max())
    return;
  state.fault = LedgerFault{};
  state.fault->text = "what came from outside (" + sums.outside_in.to_string() +
                      ") is not what all accounts have together (" + whole.to_string() + ")";
}

Task<Status> LedgerCheck::advance(Transaction& tx, State& state) {
  auto left = kStepEntries;
  while (state.phase == Phase::accounts && left > 0 && !state.fault) {
    if (!state.account) CO_TRY_OK(co_await next_account(tx, state));
    if (state.account) CO_TRY_OK(co_await check_entries(tx, state, left));
  }
  if (left < kStepEntries || state.fault) co_return Status();
  if (state.phase == Phase::holds) co_return co_await check_holds(tx, state);
  if (state.phase == Phase::payouts) co_return co_await check_payouts(tx, state);
  co_return Status();
}

Task<Status> LedgerCheck::step(storage::Database& database) {
  State next;
  // A read may run again: each time from where the last step ended.
  auto body = [&](Transaction& tx) -> Task<Status> {
    next = state_;
    co_return co_await advance(tx, next);
  };
  CO_TRY_OK(co_await database.read(std::move(body)));
  state_ = std::move(next);
  co_return Status();
}

Task<Status> LedgerCheck::step(Transaction& tx) { co_return co_await advance(tx, state_); }

}  // namespace b3iq::control
