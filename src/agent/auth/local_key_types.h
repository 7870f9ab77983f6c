// Local API keys (b3iq_local_): what the owner grants a program on this node.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expiry.h"
#include "base/result.h"

namespace b3iq::agent {

enum class Scope : std::uint8_t { chat, models, receipts, metrics };
inline constexpr std::array kAllScopes = {Scope::chat, Scope::models, Scope::receipts,
                                          Scope::metrics};
std::string_view scope_name(Scope scope);
std::optional<Scope> scope_from_name(std::string_view name);

enum class BudgetPeriod : std::uint8_t { total, day, month };  // days and months are UTC
std::string_view period_name(BudgetPeriod period);
std::optional<BudgetPeriod> period_from_name(std::string_view name);

// 0 means no limit, everywhere.
struct KeyLimits {
  std::int64_t requests_per_minute = 0;
  std::int64_t tokens_per_minute = 0;
  std::int64_t budget_tokens = 0;    // prompt + completion tokens in a period
  std::int64_t budget_requests = 0;  // in a period
  BudgetPeriod budget_period = BudgetPeriod::total;
};

struct KeySpec {
  std::string name;
  std::string user;  // keys with the same user share one allowance; empty: the key stands alone
  std::vector<Scope> scopes = {Scope::chat, Scope::models};
  std::vector<std::string> models;  // allowed model ids; empty: all
  std::optional<std::int64_t> expires_at_ms;
  KeyLimits limits;
};

using SecretHash = std::array<std::uint8_t, 32>;

struct LocalKey {
  std::string id;  // key_ + ULID
  KeySpec spec;
  SecretHash secret_hash{};
  std::int64_t created_at_ms = 0;
  std::optional<std::int64_t> revoked_at_ms;
  std::optional<std::int64_t> last_used_at_ms;
};

// No limit or budget is larger: beyond it the arithmetic of buckets would not be exact.
inline constexpr std::int64_t kMaxKeyLimit = 1'000'000'000'000;

// Names up to 64 characters, at most 64 models, limits from 0 to kMaxKeyLimit.
base::Status check_key_spec(const KeySpec& spec);

using base::parse_expiry;

}  // namespace b3iq::agent
