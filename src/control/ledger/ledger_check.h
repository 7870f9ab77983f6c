// Recomputes the whole ledger from its entries, a page at a time, beside whatever changes it: every
// account, every hold and every payout row, against each other in both directions. Memory does not
// grow with the ledger. Stops at the first difference.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/task.h"
#include "control/ledger/ledger_types.h"
#include "storage/database.h"

namespace b3iq::control {

// Where the ledger does not add up. "" and 0 for what is not known.
struct LedgerFault {
  std::string account_id;
  std::int64_t seq = 0;
  std::string entry_id;
  std::string job_id;
  std::string payout_id;
  std::string text;
};

// Of all that was read so far. Named accounts, in wei: what came from outside and went back there,
// what customers have, what nodes earned, fees and rounding (each with corrections taken off).
struct LedgerSums {
  std::int64_t accounts = 0;
  std::int64_t entries = 0;
  std::int64_t holds = 0;
  std::int64_t payouts = 0;
  Amount outside_in;
  Amount outside_out;
  Amount customers;
  Amount reserved;  // of `customers`
  Amount nodes;
  Amount fees;
  Amount rounding;
};

class LedgerCheck {
 public:
  // Reads on, kStepEntries rows or so. One at a time.
  base::Task<base::Status> step(storage::Database& database);
  // The same inside a transaction.
  base::Task<base::Status> step(storage::Transaction& tx);
  bool ended() const { return state_.phase == Phase::ended || state_.fault.has_value(); }
  const std::optional<LedgerFault>& fault() const { return state_.fault; }
  const LedgerSums& sums() const { return state_.sums; }

  static constexpr std::int64_t kStepEntries = 2'000;

 private:
  enum class Phase : std::uint8_t { accounts, holds, payouts, ended };
  struct State {
    Phase phase = Phase::accounts;
    std::optional<LedgerAccount> account;  // as its row stood when it was begun
    LedgerAccount running;                 // its entries so far
    std::string last_id;                   // of the phase
    LedgerSums sums;
    std::optional<LedgerFault> fault;
  };
  static base::Task<base::Status> advance(storage::Transaction& tx, State& state);
  static base::Task<base::Status> next_account(storage::Transaction& tx, State& state);
  static base::Task<base::Status> check_entries(storage::Transaction& tx, State& state,
                                                std::int64_t& left);
  static base::Task<base::Status> check_holds(storage::Transaction& tx, State& state);
  static base::Task<base::Status> check_payouts(storage::Transaction& tx, State& state);
  static void end(State& state);

  State state_;
};

}  // namespace b3iq::control
