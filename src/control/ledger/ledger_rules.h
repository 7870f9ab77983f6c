// What must be true of every row of the ledger and of the rows beside it, as pure functions: the
// verification's rules (ledger_check.h). Each returns what is wrong in words, or "".
#pragma once

#include <string>

#include "control/ledger/ledger_types.h"

namespace b3iq::control {

// An entry against all before it; `running` is moved on by it. What is "" has the number and the
// figures that its kind and amount give.
std::string fault_of_entry(LedgerAccount& running, const LedgerEntry& entry);
// An account's row against its entries added up.
std::string fault_of_account(const LedgerAccount& account, const LedgerAccount& running);
// An entry of a job against its hold (null: there is none).
std::string fault_of_job_entry(const LedgerEntry& entry, const LedgerHold* hold);
// A debit or a refund against the payout rows of its job (null: there is none).
std::string fault_of_payout(const LedgerEntry& entry, const LedgerPayout* earning,
                            const LedgerPayout* correction);
// A hold against the entries that it names (null: there is none). `rest` is the release behind its
// debit.
struct HoldEntries {
  const LedgerEntry* reserve = nullptr;
  const LedgerEntry* end = nullptr;
  const LedgerEntry* rest = nullptr;
  const LedgerEntry* refund = nullptr;
};
std::string fault_of_hold(const LedgerHold& hold, const HoldEntries& entries);
// A payout row by itself and against the hold of its job (null: there is none).
std::string fault_of_payout_row(const LedgerPayout& payout, const LedgerHold* hold);

}  // namespace b3iq::control
