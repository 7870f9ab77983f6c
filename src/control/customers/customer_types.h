// Customers, and the tokens (b3iq_customer_) that their programs show.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/customers/gateway_policy.h"
#include "crypto/secret.h"
#include "crypto/sha256.h"

namespace b3iq::control {

inline constexpr std::size_t kMaxCustomerNameBytes = 100;
inline constexpr std::size_t kMaxCustomerReasonBytes = 200;
inline constexpr std::size_t kMaxReferenceBytes = 100;
inline constexpr std::int64_t kMaxCustomersPerPage = 500;
inline constexpr std::int64_t kMinCustomerTokenLifeMs = 60'000;
inline constexpr std::int64_t kMaxCustomerTokenLifeMs = 366 * std::int64_t{24} * 3'600'000;
inline constexpr std::int64_t kDefaultCustomerTokenLifeMs = 90 * std::int64_t{24} * 3'600'000;
inline constexpr std::int64_t kMaxTokensOfCustomer = 100;  // usable ones

enum class CustomerStanding : std::uint8_t { active, suspended };
std::string_view wire_name(CustomerStanding standing);
std::optional<CustomerStanding> customer_standing_from_name(std::string_view name);

struct Customer {
  std::string id;  // cus_ + ULID; also of its account
  std::string name;
  CustomerStanding standing = CustomerStanding::active;
  std::string standing_reason;  // "" for none
  GatewayPolicy policy;
  std::string created_by;  // actor
  std::int64_t created_at_ms = 0;
};

enum class CustomerTokenStatus : std::uint8_t { active, expired, revoked };
std::string_view wire_name(CustomerTokenStatus status);

struct CustomerToken {
  std::string id;  // ctk_ + ULID
  std::string customer_id;
  crypto::Sha256Digest hash{};
  std::string note;
  std::string created_by;
  std::int64_t created_at_ms = 0;
  std::int64_t expires_at_ms = 0;
  std::optional<std::int64_t> revoked_at_ms;
  std::int64_t last_used_ms = 0;  // to a minute or so; 0: never
};
CustomerTokenStatus status_of(const CustomerToken& token, std::int64_t now_ms);

struct CustomerTokenSpec {
  std::string customer_id;
  std::string note;
  std::int64_t life_ms = kDefaultCustomerTokenLifeMs;
};
struct CreatedCustomerToken {
  CustomerToken token;
  crypto::Secret secret;  // shown once; only its hash is kept
};

// Errors: invalid_request with the member at fault.
base::Status check_customer_name(std::string_view name);
base::Status check_customer_token(const CustomerTokenSpec& spec);
// Of a credit or an adjustment.
base::Status check_funds(std::string_view reference, std::string_view reason);
base::Status check_reason(std::string_view reason);

base::Error no_such_customer(std::string_view id);

}  // namespace b3iq::control
