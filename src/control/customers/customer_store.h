// The SQL of customers and their tokens. Each function runs inside the caller's transaction and
// clears what it fills.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task.h"
#include "control/customers/customer_types.h"
#include "storage/database.h"

namespace b3iq::control {

base::Task<base::Status> insert_customer(storage::Transaction& tx, const Customer& customer);
base::Task<base::Status> select_customer(storage::Transaction& tx, std::string_view id,
                                         std::optional<Customer>& out);
// Newest first; those before `before_id` ("": from the newest).
base::Task<base::Status> select_customers(storage::Transaction& tx, std::string_view before_id,
                                          std::int64_t limit, std::vector<Customer>& out);
// `changed` is false when it stands so already.
struct StandingChange {
  std::string_view customer_id;
  CustomerStanding to = CustomerStanding::active;
  std::string_view reason;
};
base::Task<base::Status> set_customer_standing(storage::Transaction& tx,
                                               const StandingChange& change, bool& changed);
base::Task<base::Status> set_customer_policy(storage::Transaction& tx, std::string_view id,
                                             const GatewayPolicy& policy);

base::Task<base::Status> insert_customer_token(storage::Transaction& tx,
                                               const CustomerToken& token);
base::Task<base::Status> select_customer_token(storage::Transaction& tx, std::string_view token_id,
                                               std::optional<CustomerToken>& out);
base::Task<base::Status> count_usable_customer_tokens(storage::Transaction& tx,
                                                      std::string_view customer_id,
                                                      std::int64_t now_ms, std::int64_t& out);
// Newest first; those before `before_id` ("": from the newest).
base::Task<base::Status> select_customer_tokens(storage::Transaction& tx,
                                                std::string_view customer_id,
                                                std::string_view before_id, std::int64_t limit,
                                                std::vector<CustomerToken>& out);
base::Task<base::Status> mark_customer_token_revoked(storage::Transaction& tx,
                                                     std::string_view token_id, std::int64_t at_ms,
                                                     bool& changed);
using TokenUse = std::pair<std::string, std::int64_t>;  // token, time in ms
base::Task<base::Status> note_token_uses(storage::Transaction& tx, std::span<const TokenUse> uses);

// Who shows a token, in one look.
struct CustomerWithToken {
  Customer customer;
  CustomerToken token;
};
base::Task<base::Status> select_customer_by_token(storage::Transaction& tx,
                                                  const crypto::Sha256Digest& hash,
                                                  std::optional<CustomerWithToken>& out);

}  // namespace b3iq::control
