#include "books.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/receipt.h"

namespace b3iq::control::sim {
namespace {

// docs/protocol: the states of a private job. Written here once more, on purpose.
bool may_follow(std::string_view from, std::string_view to) {
  static const std::map<std::string_view, std::set<std::string_view>> kNext = {
      {"", {"queued"}},
      {"queued", {"claimed", "cancelled", "expired", "failed"}},
      {"claimed",
       {"queued", "running", "awaiting_receipt", "completed", "cancelled", "failed", "expired"}},
      {"running", {"queued", "awaiting_receipt", "completed", "cancelled", "failed", "expired"}},
      {"awaiting_receipt", {"completed", "cancelled", "failed"}}};
  const auto at = kNext.find(from);
  return at != kNext.end() && at->second.contains(to);
}

bool may_follow_billing(std::string_view from, std::string_view to) {
  return (from.empty() && to == "reserved") ||
         (from == "reserved" && (to == "settled" || to == "released")) ||
         (from == "settled" && to == "refunded");
}

}  // namespace

void Books::opened(sqlite3* connection) {
  reader_.open(connection);
  sqlite3_update_hook(connection, &Books::on_change, this);
}

void Books::closing() {
  reader_.close();
  changes_.clear();
}

void Books::on_change(void* self, int act, const char* /*database*/, const char* table,
                      sqlite3_int64 rowid) {
  if (const auto known = book_table_of(table))
    static_cast<Books*>(self)->changes_.push_back({*known, act, rowid});
}

// Here, as one body may move a job or a command more than once.
void Books::after_statement() {
  if (changes_.empty()) return;
  std::vector<Change> changes;
  std::swap(changes, changes_);
  std::ranges::sort(changes);
  const auto again = std::ranges::unique(changes);
  changes.erase(again.begin(), again.end());
  for (const auto& change : changes) see(change);
}

void Books::see(const Change& change) {
  const bool append_only = change.table == BookTable::entries ||
                           change.table == BookTable::receipts || change.table == BookTable::frames;
  const bool may_go = change.table == BookTable::streams || change.table == BookTable::frames;
  if (change.act == SQLITE_DELETE && may_go) return see_stream_go(change);
  if (change.act == SQLITE_DELETE || (append_only && change.act != SQLITE_INSERT))
    return fail(fmt::format("a row of table {} was changed or deleted that must stay",
                            static_cast<int>(change.table)));
  switch (change.table) {
    case BookTable::jobs:
      return see_job(change.rowid);
    case BookTable::commands:
      return see_command(change.rowid);
    case BookTable::accounts:
      return see_account(change.rowid);
    case BookTable::entries:
      return see_entry(change.rowid);
    case BookTable::holds:
      return see_hold(change.rowid);
    case BookTable::payouts:
      return see_payout(change.rowid);
    case BookTable::receipts:
      return see_receipt(change.rowid);
    case BookTable::streams:
      return see_stream(change.rowid);
    case BookTable::frames:
      return see_frames(change.rowid);
  }
}

void Books::see_job(std::int64_t rowid) {
  JobRow row;
  if (!reader_.read(rowid, row)) return fail("a job's row is gone");
  const auto at = jobs_.find(rowid);
  const auto before = at == jobs_.end() ? std::string() : at->second.status;
  if (row.status != before) ++moves_[before + " > " + row.status];
  if (row.status != before && !may_follow(before, row.status))
    fail(fmt::format("job {} went from '{}' to '{}'", row.id, before, row.status));
  if (!before.empty() && (at->second.quoted != row.quoted || at->second.customer != row.customer ||
                          at->second.node != row.node || at->second.command != row.command))
    fail(fmt::format("job {} is not the one that was queued", row.id));
  if (row.status != before && row.status == "awaiting_receipt")
    undo_.set(waits_since_, row.id, row.changed_at_ms);
  touched_jobs_.insert(row.id);
  undo_.set(job_places_, row.id, rowid);
  undo_.set(job_of_command_, row.command, row.id);
  undo_.set(jobs_, rowid, std::move(row));
}

void Books::see_account(std::int64_t rowid) {
  AccountRow row;
  if (!reader_.read(rowid, row)) return fail("an account's row is gone");
  touched_accounts_.insert(row.id);
  undo_.set(account_places_, row.id, rowid);
  undo_.set(accounts_, rowid, std::move(row));
}

void Books::see_entry(std::int64_t rowid) {
  EntryRow row;
  if (!reader_.read(rowid, row)) return fail("an entry's row is gone");
  auto account = running_[row.account];
  auto money = money_[row.job];
  auto world = world_[0];
  const auto amount = row.amount;
  if (amount < 0) fail("an entry has no amount that can be read");
  if (row.kind == "credit" || row.kind == "adjustment_up") {
    account.balance += amount;
    world.in += amount;
    world.customers += amount;
    undo_.set(credits_, row.account, credits_[row.account] + 1);
  } else if (row.kind == "adjustment_down") {
    account.balance -= amount;
    world.out += amount;
    world.customers -= amount;
  } else if (row.kind == "reserve") {
    account.reserved += amount;
    ++money.reserves;
    money.reserved += amount;
  } else if (row.kind == "release") {
    account.reserved -= amount;
    ++money.releases;
    money.released += amount;
  } else if (row.kind == "debit") {
    account.balance -= amount;
    account.reserved -= amount;
    world.customers -= amount;
    ++money.debits;
    money.debited += amount;
  } else if (row.kind == "refund") {
    account.balance += amount;
    world.customers += amount;
    ++money.refunds;
    money.refunded += amount;
  } else {
    fail("an entry of the kind '" + row.kind + "'");
  }
  ++account.entries;
  if (account.reserved < 0 || account.balance < account.reserved)
    fail(fmt::format("account {} has less than it reserves behind entry {}", row.account, row.seq));
  if (row.seq != account.entries || row.balance_after != account.balance ||
      row.reserved_after != account.reserved)
    fail(fmt::format("entry {} of account {} does not follow the one before it", row.seq,
                     row.account));
  touched_accounts_.insert(row.account);
  undo_.set(running_, row.account, account);
  if (!row.job.empty()) {
    touched_jobs_.insert(row.job);
    undo_.set(money_, row.job, money);
  }
  undo_.set(world_, 0, world);
  undo_.set(entries_, rowid, std::move(row));
}

void Books::see_hold(std::int64_t rowid) {
  HoldRow row;
  if (!reader_.read(rowid, row)) return fail("a hold's row is gone");
  const auto at = holds_.find(rowid);
  const auto before = at == holds_.end() ? HoldRow() : at->second;
  if (row.status != before.status && !may_follow_billing(before.status, row.status))
    fail(fmt::format("billing of {} went from '{}' to '{}'", row.job, before.status, row.status));
  if (!before.status.empty() && (row.reserved != before.reserved || row.account != before.account))
    fail("the hold of " + row.job + " is not the one that was made");
  if (row.status != before.status && row.status == "settled") {
    if (const auto used = job_of_receipt_.find(row.receipt_hash); used != job_of_receipt_.end())
      fail(fmt::format("receipt {} settled {} and {}", row.receipt_hash, used->second, row.job));
    undo_.set(job_of_receipt_, row.receipt_hash, row.job);
  }
  const auto held_of = [](const HoldRow& hold) {
    return hold.status == "reserved" ? hold.reserved : Wei(0);
  };
  undo_.set(held_, row.account, held_[row.account] - held_of(before) + held_of(row));
  touched_jobs_.insert(row.job);
  touched_accounts_.insert(row.account);
  undo_.set(hold_places_, row.job, rowid);
  undo_.set(holds_, rowid, std::move(row));
}

void Books::see_payout(std::int64_t rowid) {
  PayoutRow row;
  if (!reader_.read(rowid, row)) return fail("a payout's row is gone");
  if (row.amount < 0 || row.fee < 0 || row.rounding < 0 ||
      row.amount + row.fee + row.rounding != row.charged)
    fail("the parts of the payout of " + row.job + " are not the whole");
  const bool earns = row.kind == "earning";
  auto rowids = payouts_of_[row.job];
  if (payouts_.find(rowid) == payouts_.end()) {
    auto& place = earns ? rowids.first : rowids.second;
    if (place != 0) fail("job " + row.job + " has two payouts of one kind");
    place = rowid;
    auto world = world_[0];
    world.paid += earns ? row.charged : -row.charged;
    undo_.set(world_, 0, world);
    undo_.set(payouts_of_, row.job, rowids);
  } else if (payouts_[rowid].charged != row.charged || payouts_[rowid].node != row.node) {
    fail("the payout of " + row.job + " is not the one that was made");
  }
  touched_jobs_.insert(row.job);
  undo_.set(payouts_, rowid, std::move(row));
}

void Books::see_receipt(std::int64_t rowid) {
  ReceiptRow row;
  if (!reader_.read(rowid, row)) return fail("a receipt's row is gone");
  if (row.index != std::ssize(receipts_)) fail("receipt " + row.hash + " is not the next leaf");
  const auto document = json::Document::parse(row.document);
  if (!document.ok()) return fail("receipt " + row.hash + " cannot be read");
  const auto receipt = protocol::decode_receipt(document->root());
  const auto key = node_keys_.find(row.node);
  if (!receipt.ok() || key == node_keys_.end() ||
      !protocol::verify_receipt(*receipt, key->second).ok())
    return fail("receipt " + row.hash + " does not verify");
  const auto encoded = protocol::encode_receipt(receipt->receipt);
  if (protocol::receipt_hash_text(encoded.hash) != row.hash ||
      receipt->receipt.job_id.text() != row.job || receipt->receipt.node_id.text() != row.node)
    fail("receipt " + row.hash + " is kept as another one");
  if (row.status == "accepted") {
    if (accepted_of_job_.contains(row.job)) fail("job " + row.job + " has two accepted receipts");
    undo_.set(accepted_of_job_, row.job, row.hash);
    undo_.set(accepted_, row.hash, receipt->receipt);
    touched_jobs_.insert(row.job);
  }
  undo_.set(receipt_places_, row.hash, rowid);
  undo_.set(receipts_, rowid, std::move(row));
}

void Books::after_body() {
  after_statement();
  for (const auto& id : touched_jobs_) check_job(id);
  for (const auto& id : touched_accounts_) check_account(id);
  for (const auto& id : touched_streams_) check_stream(id);
  check_cancelled_commands();
  forget_touched();
}

void Books::forget_touched() {
  touched_jobs_.clear();
  touched_accounts_.clear();
  touched_streams_.clear();
  cancelled_unasked_.clear();
}

void Books::rolled_back(std::size_t mark) {
  changes_.clear();
  forget_touched();
  undo_.back_to(mark);
}

void Books::failed(const base::Error& error) {
  using base::ErrorCode;
  // A rule of the schema that was broken is a conflict by its code.
  const bool broke_a_rule = error.detail.find("constraint failed") != std::string::npos;
  if (error.code == ErrorCode::storage_failed || error.code == ErrorCode::internal ||
      error.code == ErrorCode::corrupt || broke_a_rule)
    fail("a transaction failed: " + error.detail);
}

void Books::check_account(const std::string& id) {
  const auto at = account_places_.find(id);
  if (at == account_places_.end()) return fail("account " + id + " has no row");
  const auto& row = accounts_.at(at->second);
  const auto& running = running_[id];
  if (row.balance != running.balance || row.reserved != running.reserved ||
      row.entries != running.entries)
    fail("account " + id + " is not what its entries add up to");
  if (row.reserved != held_[id]) fail("account " + id + " reserves other than its open holds");
  const auto& world = world_[0];
  if (world.in - world.out != world.customers + world.paid)
    fail("money came from nowhere or was lost");
}

}  // namespace b3iq::control::sim
