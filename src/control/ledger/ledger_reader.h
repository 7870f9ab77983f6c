// What is asked of the ledger without changing it. Loop thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "control/ledger/ledger_check.h"
#include "control/ledger/ledger_types.h"
#include "storage/database.h"

namespace b3iq::control {

inline constexpr std::int64_t kDefaultUsageDays = 30;
inline constexpr std::int64_t kMaxUsageDays = 366;
inline constexpr std::int64_t kDefaultUsageEntries = 100;
inline constexpr std::int64_t kMaxUsageEntries = 1'000;

// Of the time from `window_days` before now.
struct LedgerUsage {
  std::int64_t generated_at_ms = 0;
  std::array<KindTotal, kEntryKinds> totals;  // of all entries of the time
  std::vector<LedgerEntry> entries;           // newest first, at most `limit` of them
};
struct UsageQuery {
  std::string account_id;
  std::int64_t window_days = kDefaultUsageDays;  // 1 to kMaxUsageDays
  std::int64_t limit = kDefaultUsageEntries;     // 1 to kMaxUsageEntries
};

class LedgerReader {
 public:
  LedgerReader(storage::Database& database, const base::Clock& clock)
      : database_(database), clock_(clock) {}

  // Error: not_found.
  base::Task<base::Result<LedgerAccount>> account(std::string account_id);
  // Costs the same however many entries the time has.
  base::Task<base::Result<LedgerUsage>> usage(UsageQuery query);
  // Newest first, those before `before_seq` (0: from the newest).
  base::Task<base::Result<std::vector<LedgerEntry>>> entries(std::string account_id,
                                                             std::int64_t before_seq,
                                                             std::int64_t limit);
  base::Task<base::Status> step(LedgerCheck& check) { return check.step(database_); }

 private:
  storage::Database& database_;
  const base::Clock& clock_;
};

}  // namespace b3iq::control
