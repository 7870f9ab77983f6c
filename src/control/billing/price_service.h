// Price policies: the newest applies, each stays as it is. Loop thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "control/audit/audit_trail.h"
#include "control/billing/price_policy.h"
#include "storage/database.h"

namespace b3iq::control {

inline constexpr std::int64_t kMaxPricesPerPage = 100;

// Inside the caller's transaction: what applies now. The built-in one while no other was set.
base::Task<base::Status> select_active_prices(storage::Transaction& tx, PricePolicy& out);
// The version that a quote named; none when there is no such version.
base::Task<base::Status> select_prices(storage::Transaction& tx, std::string_view version,
                                       std::optional<PricePolicy>& out);

class PriceService {
 public:
  PriceService(storage::Database& database, const AuditLog& audit, const base::Clock& clock)
      : database_(database), audit_(audit), clock_(clock) {}

  // Applies from now on; quotes that were given keep their version.
  base::Task<base::Result<PricePolicy>> set(PricePolicy policy, std::string actor);
  base::Task<base::Result<PricePolicy>> active();
  // Newest first, those before `before` (0: from the newest); the built-in one is the last.
  base::Task<base::Result<std::vector<PricePolicy>>> list(std::int64_t before, std::int64_t limit);

 private:
  storage::Database& database_;
  const AuditLog& audit_;
  const base::Clock& clock_;
};

}  // namespace b3iq::control
