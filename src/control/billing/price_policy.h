// What work costs, in versions that never change, and the arithmetic of a price: whole wei, the
// customer's price rounded up, the node's part down, what is left on the account "rounding". Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/ledger/ledger_types.h"
#include "json/json.h"
#include "protocol/receipt.h"

namespace b3iq::control {

inline constexpr std::size_t kMaxPriceClasses = 100;
inline constexpr std::size_t kMaxModelsOfClass = 200;
inline constexpr std::size_t kMaxPriceNameBytes = 256;
inline constexpr std::int64_t kWholeBasisPoints = 10'000;
inline constexpr std::string_view kPriceVersionPrefix = "prices-";

// Of a class of models.
struct ModelPrice {
  std::string name;
  std::vector<std::string> models;  // ids; "*": whatever no other class names
  Amount prompt_per_1k;             // wei for 1,000 tokens
  Amount completion_per_1k;
  Amount minimum;      // of a job
  Amount private_job;  // the most that a private job costs: its prompt cannot be counted beforehand
  friend bool operator==(const ModelPrice&, const ModelPrice&) = default;
};

struct PricePolicy {
  std::int64_t number = 0;
  std::vector<ModelPrice> classes;
  std::int64_t fee_basis_points = 0;  // of each price, to the protocol
  std::string created_by;
  std::int64_t created_at_ms = 0;
  std::string version() const { return std::string(kPriceVersionPrefix) + std::to_string(number); }
};

// Number 0: what applies until an operator sets another. A private job costs at most 100 wei.
const PricePolicy& built_in_prices();
// -1 for what is no version.
std::int64_t number_of_version(std::string_view version);

// {"classes":[{"name","models","prompt_wei_per_1k_tokens","completion_wei_per_1k_tokens",
//   "minimum_wei","private_job_wei"}],"fee_basis_points"}
void write_price_members(json::Writer& w, const PricePolicy& policy);
std::string price_document(const PricePolicy& policy);
// Strict. Errors: invalid_request naming the member.
base::Result<PricePolicy> read_prices(json::Value object);

// Error: customer_policy_denied when the policy has no price for the model.
base::Result<const ModelPrice*> price_of_model(const PricePolicy& policy,
                                               std::string_view model_id);

// How a price is divided. Any price.
PriceSplit split_price(const PricePolicy& policy, const Amount& price);

// What is reserved before a private job starts, and how it would be divided.
struct Quote {
  std::string policy_version;
  PriceSplit split;  // split.charged: the price
};
base::Result<Quote> quote_private_job(const PricePolicy& policy, std::string_view model_id);

// What a job that was done costs, by the tokens of its receipt; never more than `reserved`.
struct Charge {
  PriceSplit split;
  bool capped = false;  // the tokens would have cost more than was reserved
};
// Errors: as quote_private_job(); receipt_rejected for counts below 0.
base::Result<Charge> charge_for(const PricePolicy& policy, std::string_view model_id,
                                const protocol::ReceiptUsage& usage, const Amount& reserved);

}  // namespace b3iq::control
