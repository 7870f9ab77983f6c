// The SQL that changes the ledger. Each function runs inside the caller's transaction. What changes
// an account or a hold comes behind lock_accounts() of that account: its row is the account's lock,
// on every database and at every isolation.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "control/ledger/ledger_book.h"
#include "storage/database.h"

namespace b3iq::control {

// With nothing in it.
base::Task<base::Status> insert_account(storage::Transaction& tx, std::string_view account_id,
                                        std::int64_t now_ms);

// Those that exist, as they are now; until the transaction's end nobody else changes them. Ids in
// order and once each: so no two transactions wait for each other.
base::Task<base::Status> lock_accounts(storage::Transaction& tx,
                                       std::span<const std::string_view> ids, LedgerBook& book);
base::Task<base::Status> load_holds(storage::Transaction& tx,
                                    std::span<const std::string_view> job_ids, LedgerBook& book);
base::Task<base::Status> load_earnings(storage::Transaction& tx,
                                       std::span<const std::string_view> job_ids, LedgerBook& book);

struct FundsKey {
  std::string_view account_id;
  std::string_view reference;
};
base::Task<base::Status> load_funds(storage::Transaction& tx, std::span<const FundsKey> keys,
                                    LedgerBook& book);

struct SpendWindow {
  std::string_view account_id;
  std::int64_t window_ms = 0;
};
base::Task<base::Status> load_spent_before(storage::Transaction& tx,
                                           std::span<const SpendWindow> windows,
                                           std::int64_t now_ms, LedgerBook& book);

// Writes all that changed in the book. Error: conflict when a row is not as the book found it, for
// instance because a job's id was taken on another account meanwhile; the body ends with it.
base::Task<base::Status> write_book(storage::Transaction& tx, const LedgerBook& book);

}  // namespace b3iq::control
