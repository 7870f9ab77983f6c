// How the ledger's values stand in the database: amounts are 32 bytes, big endian. Private to the
// ledger's stores.
#pragma once

#include <array>
#include <deque>
#include <string_view>
#include <vector>

#include "control/ledger/ledger_types.h"
#include "storage/database.h"

namespace b3iq::control {

// Parameters of a statement for many rows. It owns amounts; texts are the caller's.
class LedgerRows {
 public:
  LedgerRows& text(std::string_view value);
  LedgerRows& number(std::int64_t value);
  LedgerRows& amount(const Amount& value);
  LedgerRows& totals(const std::array<KindTotal, kEntryKinds>& value);
  std::span<const storage::Value> values() const { return values_; }
  bool empty() const { return values_.empty(); }

 private:
  std::deque<std::array<std::uint8_t, 32>> amounts_;  // they stay where they are
  std::deque<std::vector<std::uint8_t>> totals_;
  std::vector<storage::Value> values_;
};

// What is no amount reads as the largest one, so that a damaged row is seen and pays nobody.
Amount read_amount(const storage::Row& row, int column);
// totals = for each kind: entries (8 bytes, big endian) amount (32 bytes)
void read_totals(const storage::Row& row, int column, std::array<KindTotal, kEntryKinds>& out);
// Columns: account_id, balance_wei, reserved_wei, entries, last_at_ms, totals.
LedgerAccount read_account(const storage::Row& row);
// Columns: account_id, seq, entry_id, kind, amount_wei, balance_after_wei, reserved_after_wei,
// kind_entries, kind_total_wei, private_job_id, receipt_hash, created_at_ms.
LedgerEntry read_entry(const storage::Row& row);
// Columns: job_id, account_id, billing_status, reserved_wei, debited_wei, reserve_seq, end_seq,
// refund_seq, receipt_hash, created_at_ms, ended_at_ms.
LedgerHold read_hold(const storage::Row& row);
// Columns: payout_id, job_id, kind, node_id, status, charged_wei, amount_wei, fee_wei,
// rounding_wei, receipt_hash, created_at_ms.
LedgerPayout read_payout(const storage::Row& row);

}  // namespace b3iq::control
