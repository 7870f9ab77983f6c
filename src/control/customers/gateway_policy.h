// What a customer's requests may be: which models and route tiers, how dear one may be, and how
// much may be spent in a rolling window. What is not set is not limited.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/ledger/ledger_orders.h"
#include "json/json.h"

namespace b3iq::control {

inline constexpr std::size_t kMaxPolicyNames = 100;
inline constexpr std::size_t kMaxPolicyNameBytes = 256;
inline constexpr std::int64_t kDefaultSpendWindowHours = 24;
inline constexpr std::int64_t kMaxSpendWindowHours = 31 * 24;

struct GatewayPolicy {
  std::vector<std::string> allowed_models;  // empty: all
  std::vector<std::string> allowed_tiers;   // empty: all
  std::optional<Amount> max_price;          // of one job
  std::optional<Amount> spend_cap;
  std::int64_t spend_window_hours = kDefaultSpendWindowHours;
  friend bool operator==(const GatewayPolicy&, const GatewayPolicy&) = default;
};

// What a customer asks for. `tier` is "" where no route is used.
struct PolicyQuestion {
  std::string_view model_id;
  std::string_view tier;
  Amount price;
};
// Errors: customer_policy_denied, max_price_exceeded; each names what is allowed.
base::Status check_policy(const GatewayPolicy& policy, const PolicyQuestion& question);
// For a ReserveOrder.
std::optional<SpendCap> spend_cap_of(const GatewayPolicy& policy);

// {"allowed_models":[],"allowed_tiers":[],"max_price_wei":null,"spend_cap_wei":null,
//  "spend_window_hours":24}: all members, each time.
void write_policy(json::Writer& w, const GatewayPolicy& policy);
std::string policy_text(const GatewayPolicy& policy);
// Takes the same with members left out. Errors: invalid_request naming the member.
base::Result<GatewayPolicy> read_policy(json::Value object);

}  // namespace b3iq::control
