#include "control/ledger/ledger_rows.h"

#include <algorithm>

namespace b3iq::control {
namespace {

constexpr std::size_t kAmountBytes = 32;
constexpr std::size_t kCountBytes = 8;
constexpr std::size_t kTotalBytes = kCountBytes + kAmountBytes;

Amount amount_of(base::ByteView bytes) {
  std::array<std::uint8_t, kAmountBytes> whole{};
  if (bytes.size() != whole.size()) return Amount::max();
  std::copy(bytes.begin(), bytes.end(), whole.begin());
  return Amount::from_bytes(whole);
}

}  // namespace

LedgerRows& LedgerRows::text(std::string_view value) {
  values_.emplace_back(value);
  return *this;
}
LedgerRows& LedgerRows::number(std::int64_t value) {
  values_.emplace_back(value);
  return *this;
}
LedgerRows& LedgerRows::amount(const Amount& value) {
  values_.emplace_back(base::ByteView(amounts_.emplace_back(value.to_bytes())));
  return *this;
}
LedgerRows& LedgerRows::totals(const std::array<KindTotal, kEntryKinds>& value) {
  auto& kept = totals_.emplace_back();
  kept.reserve(kEntryKinds * kTotalBytes);
  for (const auto& total : value) {
    const auto entries = static_cast<std::uint64_t>(total.entries);
    for (int shift = 56; shift >= 0; shift -= 8)
      kept.push_back(static_cast<std::uint8_t>(entries >> shift));
    const auto amount = total.amount.to_bytes();
    kept.insert(kept.end(), amount.begin(), amount.end());
  }
  values_.emplace_back(base::ByteView(kept));
  return *this;
}

Amount read_amount(const storage::Row& row, int column) { return amount_of(row.blob(column)); }

void read_totals(const storage::Row& row, int column, std::array<KindTotal, kEntryKinds>& out) {
  const auto bytes = row.blob(column);
  for (std::size_t i = 0; i < kEntryKinds; ++i) {
    if (bytes.size() < (i + 1) * kTotalBytes) {
      out[i] = {0, Amount::max()};
      continue;
    }
    const auto one = bytes.subspan(i * kTotalBytes, kTotalBytes);
    std::uint64_t entries = 0;
    for (std::size_t at = 0; at < kCountBytes; ++at) entries = entries << 8 | one[at];
    out[i] = {static_cast<std::int64_t>(entries), amount_of(one.subspan(kCountBytes))};
  }
}

LedgerAccount read_account(const storage::Row& row) {
  LedgerAccount account;
  account.id = row.text(0);
  account.balance = read_amount(row, 1);
  account.reserved = read_amount(row, 2);
  account.entries = row.integer(3);
  account.last_at_ms = row.integer(4);
  read_totals(row, 5, account.totals);
  return account;
}

LedgerEntry read_entry(const storage::Row& row) {
  LedgerEntry entry;
  entry.account_id = row.text(0);
  entry.seq = row.integer(1);
  entry.id = row.text(2);
  // The verification finds an unknown kind: nothing that it says fits.
  entry.kind = entry_kind_from_stored(row.text(3)).value_or(EntryKind::adjustment_down);
  entry.amount = read_amount(row, 4);
  entry.balance_after = read_amount(row, 5);
  entry.reserved_after = read_amount(row, 6);
  entry.kind_total = {row.integer(7), read_amount(row, 8)};
  entry.job_id = row.text(9);
  entry.receipt_hash = row.text(10);
  entry.created_at_ms = row.integer(11);
  return entry;
}

LedgerHold read_hold(const storage::Row& row) {
  LedgerHold hold;
  hold.job_id = row.text(0);
  hold.account_id = row.text(1);
  // What is no status pays nobody any more.
  hold.status = billing_status_from_name(row.text(2)).value_or(BillingStatus::refunded);
  hold.reserved = read_amount(row, 3);
  hold.debited = read_amount(row, 4);
  hold.reserve_seq = row.integer(5);
  hold.end_seq = row.integer(6);
  hold.refund_seq = row.integer(7);
  hold.receipt_hash = row.text(8);
  hold.created_at_ms = row.integer(9);
  hold.ended_at_ms = row.integer(10);
  return hold;
}

LedgerPayout read_payout(const storage::Row& row) {
  LedgerPayout payout;
  payout.id = row.text(0);
  payout.job_id = row.text(1);
  payout.kind = payout_kind_from_name(row.text(2)).value_or(PayoutKind::correction);
  payout.node_id = row.text(3);
  payout.status = payout_status_from_name(row.text(4)).value_or(PayoutStatus::withheld);
  payout.split = {read_amount(row, 5), read_amount(row, 6), read_amount(row, 7)};
  payout.rounding = read_amount(row, 8);
  payout.receipt_hash = row.text(9);
  payout.created_at_ms = row.integer(10);
  return payout;
}

}  // namespace b3iq::control
