// What can be done to the ledger, and what came of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/result.h"
#include "control/ledger/ledger_types.h"

namespace b3iq::control {

// Money from outside, or a correction by hand. `kind`: credit, adjustment_up or adjustment_down.
// The same reference again, with the same kind and amount, changes nothing.
struct FundsOrder {
  std::string account_id;
  EntryKind kind = EntryKind::credit;
  Amount amount;
  std::string reference;
  std::string reason;
  std::string made_by;  // actor
};

// What an account may spend in the time that ends now: debits in it, and all that is reserved. A
// refund gives no room back.
struct SpendCap {
  Amount wei;
  std::int64_t window_ms = 0;
};

// Jobs have ids that are unique in the whole ledger.
struct ReserveOrder {
  std::string account_id;
  std::string job_id;
  Amount amount;
  std::optional<SpendCap> cap;
};

// An accepted receipt: debits split.charged, which is at most what is reserved, releases the rest
// and makes the node's payout row.
struct SettleOrder {
  std::string account_id;
  std::string job_id;
  PriceSplit split;
  std::string node_id;
  std::string receipt_hash;
};

struct ReleaseOrder {
  std::string account_id;
  std::string job_id;
};

// Gives the whole debit of a settled job back, and takes the node's earning, the fee and the
// rounding back with a correction.
struct RefundOrder {
  std::string account_id;
  std::string job_id;
};

using LedgerOrder = std::variant<FundsOrder, ReserveOrder, SettleOrder, ReleaseOrder, RefundOrder>;

inline const std::string& account_of(const LedgerOrder& order) {
  return std::visit([](const auto& one) -> const std::string& { return one.account_id; }, order);
}
// "" for funds.
std::string_view job_of(const LedgerOrder& order);

struct LedgerOutcome {
  // False: it was done before, or the job's billing had ended otherwise; `said` tells which, in
  // words. Nothing was written for it then.
  bool changed = false;
  std::string said;
  BillingStatus status = BillingStatus::unbilled;  // of the order's job, now
  Amount balance;                                  // of the account, behind it
  Amount reserved;
  std::string entry_id;   // of its first entry; "" when nothing was written
  std::string payout_id;  // of a settlement
  Amount available() const { return Amount::subtract(balance, reserved).value_or(Amount()); }
};

// Errors: not_found (no such account); insufficient_balance; spend_cap_exceeded; conflict (the
// job's id is in use); receipt_rejected (a price above what is reserved, or parts above the whole);
// idempotency_key_reused; invalid_request (the balance would pass 2^256-1, or no amount).
using LedgerResult = base::Result<LedgerOutcome>;

}  // namespace b3iq::control
