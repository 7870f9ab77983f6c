// The rules of the ledger: orders applied to accounts and holds in memory, and the rows that come
// of it. Does no input and no output; a transaction loads what the orders name, applies them, and
// writes what changed (ledger_service.h). One use, one thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "control/ledger/ledger_orders.h"

namespace b3iq::control {

class LedgerBook {
 public:
  LedgerBook(std::int64_t now_ms, base::Random& random) : now_ms_(now_ms), random_(random) {}

  // What the orders name, as it stands. What is not added does not exist.
  void add(LedgerAccount account);
  void add(LedgerHold hold);
  void add(LedgerPayout earning);
  void add(LedgerFunds funds);
  // The last debit of an account before the window of a cap; without one, there was none.
  void add_spent_before(const std::string& account_id, std::int64_t window_ms,
                        const KindTotal& debits);

  // An order that is refused, or that changes nothing, leaves no trace.
  LedgerResult apply(const LedgerOrder& order);

  struct Account {
    LedgerAccount now;
    std::int64_t entries_before = 0;
    bool changed() const { return now.entries != entries_before; }
  };
  struct Hold {
    LedgerHold now;
    BillingStatus status_before = BillingStatus::unbilled;
    bool changed() const { return now.status != status_before; }
  };
  struct Payout {
    LedgerPayout now;
    PayoutStatus status_before = PayoutStatus::pending;
    bool is_new = false;
  };
  const std::map<std::string, Account, std::less<>>& accounts() const { return accounts_; }
  const std::map<std::string, Hold, std::less<>>& holds() const { return holds_; }
  // By job; earnings and corrections.
  const std::map<std::string, Payout, std::less<>>& earnings() const { return earnings_; }
  const std::vector<LedgerPayout>& corrections() const { return corrections_; }
  const std::vector<LedgerEntry>& entries() const { return entries_; }
  const std::vector<LedgerFunds>& new_funds() const { return new_funds_; }

 private:
  LedgerResult apply_to(LedgerAccount& account, const FundsOrder& order);
  LedgerResult apply_to(LedgerAccount& account, const ReserveOrder& order);
  LedgerResult apply_to(LedgerAccount& account, const SettleOrder& order);
  LedgerResult apply_to(LedgerAccount& account, const ReleaseOrder& order);
  LedgerResult apply_to(LedgerAccount& account, const RefundOrder& order);
  base::Status check_cap(const LedgerAccount& account, const ReserveOrder& order) const;
  // The hold of a job of this account; null when there is none.
  LedgerHold* hold_of(const LedgerAccount& account, std::string_view job_id);
  // nullptr when it does not fit.
  const LedgerEntry* post(LedgerAccount& account, EntryKind kind, const Amount& amount,
                          const LedgerHold* hold);
  LedgerOutcome done(const LedgerAccount& account, BillingStatus status,
                     const LedgerEntry& entry) const;

  const std::int64_t now_ms_;
  base::Random& random_;
  std::map<std::string, Account, std::less<>> accounts_;
  std::map<std::string, Hold, std::less<>> holds_;
  std::map<std::string, Payout, std::less<>> earnings_;
  std::map<std::pair<std::string, std::string>, LedgerFunds> funds_;
  std::map<std::pair<std::string, std::int64_t>, KindTotal> spent_before_;
  std::vector<LedgerPayout> corrections_;
  std::vector<LedgerEntry> entries_;
  std::vector<LedgerFunds> new_funds_;
};

}  // namespace b3iq::control
