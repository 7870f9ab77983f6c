// The SQL that reads the ledger: of one account, and page by page for its verification. Each
// function runs inside the caller's transaction and clears what it fills.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task.h"
#include "control/ledger/ledger_types.h"
#include "storage/database.h"

namespace b3iq::control {

base::Task<base::Status> select_account(storage::Transaction& tx, std::string_view account_id,
                                        std::optional<LedgerAccount>& out);
// Newest first, those before `before_seq` (0: from the newest).
base::Task<base::Status> select_entries_before(storage::Transaction& tx,
                                               std::string_view account_id, std::int64_t before_seq,
                                               std::int64_t limit, std::vector<LedgerEntry>& out);
// The sum of a kind up to `until_ms` (inclusive); nothing when there is none.
base::Task<base::Status> select_kind_total(storage::Transaction& tx, std::string_view account_id,
                                           EntryKind kind, std::int64_t until_ms, KindTotal& out);
base::Task<base::Status> select_hold(storage::Transaction& tx, std::string_view job_id,
                                     std::optional<LedgerHold>& out);
// Reservations that were made before `before_ms` and are still open, oldest first.
base::Task<base::Status> select_open_holds(storage::Transaction& tx, std::int64_t before_ms,
                                           std::int64_t limit, std::vector<LedgerHold>& out);

// For the verification.
base::Task<base::Status> select_account_after(storage::Transaction& tx, std::string_view after_id,
                                              std::optional<LedgerAccount>& out);
base::Task<base::Status> select_entries_after(storage::Transaction& tx, std::string_view account_id,
                                              std::int64_t after_seq, std::int64_t limit,
                                              std::vector<LedgerEntry>& out);
base::Task<base::Status> select_holds_after(storage::Transaction& tx, std::string_view after_job,
                                            std::int64_t limit, std::vector<LedgerHold>& out);
base::Task<base::Status> select_payouts_after(storage::Transaction& tx, std::string_view after_id,
                                              std::int64_t limit, std::vector<LedgerPayout>& out);

using HoldsByJob = std::map<std::string, LedgerHold, std::less<>>;
base::Task<base::Status> select_holds_of(storage::Transaction& tx,
                                         std::span<const std::string_view> job_ids,
                                         HoldsByJob& out);
using PayoutsByJob = std::map<std::pair<std::string, PayoutKind>, LedgerPayout>;
base::Task<base::Status> select_payouts_of(storage::Transaction& tx,
                                           std::span<const std::string_view> job_ids,
                                           PayoutsByJob& out);
using EntryKey = std::pair<std::string, std::int64_t>;  // account, number
using EntriesByKey = std::map<EntryKey, LedgerEntry>;
base::Task<base::Status> select_entries_at(storage::Transaction& tx, std::span<const EntryKey> keys,
                                           EntriesByKey& out);

}  // namespace b3iq::control
