// Customers' tokens: create, list, revoke, and who shows one. Loop thread.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "control/audit/audit_trail.h"
#include "control/customers/customer_types.h"
#include "storage/database.h"

namespace b3iq::control {

// Uses that are remembered between two flushes; more are not.
inline constexpr std::size_t kMaxNotedUses = 100'000;

class CustomerTokenService {
 public:
  CustomerTokenService(storage::Database& database, const AuditLog& audit, const base::Clock& clock,
                       base::Random& random)
      : database_(database), audit_(audit), clock_(clock), random_(random) {}

  // Errors: invalid_request; not_found; rate_limited when kMaxTokensOfCustomer are usable.
  base::Task<base::Result<CreatedCustomerToken>> create(CustomerTokenSpec spec, std::string actor);
  // Newest first; those before `before_id` ("": from the newest). Error: not_found.
  base::Task<base::Result<std::vector<CustomerToken>>> list(std::string customer_id,
                                                            std::string before_id,
                                                            std::int64_t limit);
  // Revoking twice changes nothing. Error: not_found, also when it is another customer's.
  base::Task<base::Result<CustomerToken>> revoke(std::string customer_id, std::string token_id,
                                                 std::string actor);

  // The customer whose id and token are shown. One look at the database, so a revocation counts at
  // once on every replica; the use is noted in memory. Errors: unauthorized (one text for whatever
  // is unknown), key_expired, key_revoked, customer_policy_denied for one that is suspended.
  base::Task<base::Result<Customer>> authenticate(std::string customer_id,
                                                  crypto::Sha256Digest hash);
  // Writes when tokens were last used, since the last time.
  base::Task<base::Status> flush_uses();

 private:
  storage::Database& database_;
  const AuditLog& audit_;
  const base::Clock& clock_;
  base::Random& random_;
  std::unordered_map<std::string, std::int64_t> uses_;
};

}  // namespace b3iq::control
