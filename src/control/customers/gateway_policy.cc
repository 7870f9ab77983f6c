#include "control/customers/gateway_policy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "protocol/member_reader.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::array<std::string_view, 6> kTiers = {"local_convenience",  "portable_local",
                                                    "network_beta",       "datacenter_optimized",
                                                    "fleet_orchestrated", "unknown"};
constexpr std::array<std::string_view, 5> kMembers = {
    "allowed_models", "allowed_tiers", "max_price_wei", "spend_cap_wei", "spend_window_hours"};

Error wrong(std::string_view name, std::string_view form) {
  return Error(ErrorCode::invalid_request, fmt::format("'{}' is {}.", name, form),
               std::string(name));
}

bool allows(const std::vector<std::string>& names, std::string_view name) {
  return names.empty() || std::ranges::find(names, name) != names.end();
}

Result<std::vector<std::string>> read_names(json::Value list, std::string_view member) {
  std::vector<std::string> names;
  if (!list || list.is_null()) return names;
  const auto form = fmt::format("a list of at most {} names", kMaxPolicyNames);
  if (!list.is_array() || list.size() > kMaxPolicyNames) return wrong(member, form);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto name = list.at(i).string();
    if (!name || !protocol::is_printable(*name, kMaxPolicyNameBytes)) return wrong(member, form);
    if (!allows(names, *name) || names.empty()) names.emplace_back(*name);
  }
  return names;
}

Result<std::optional<Amount>> read_wei(json::Value value, std::string_view member) {
  if (!value || value.is_null()) return std::optional<Amount>();
  const auto text = value.string();
  if (!text) return wrong(member, "a text of decimal digits, in wei");
  TRY(const auto amount, Amount::parse(*text, member));
  return std::optional<Amount>(amount);
}

void write_names(json::Writer& w, std::string_view member, const std::vector<std::string>& names) {
  w.key(member);
  w.begin_array();
  for (const auto& name : names) w.value(std::string_view(name));
  w.end_array();
}

void write_wei(json::Writer& w, std::string_view member, const std::optional<Amount>& amount) {
  w.key(member);
  if (amount) {
    w.value(amount->to_string());
  } else {
    w.null();
  }
}

}  // namespace

Status check_policy(const GatewayPolicy& policy, const PolicyQuestion& question) {
  if (!allows(policy.allowed_models, question.model_id)) {
    return Error(ErrorCode::customer_policy_denied,
                 fmt::format("This customer may not use the model '{}', only: {}.",
                             question.model_id, fmt::join(policy.allowed_models, ", ")),
                 "model_id");
  }
  if (!question.tier.empty() && !allows(policy.allowed_tiers, question.tier)) {
    return Error(ErrorCode::customer_policy_denied,
                 fmt::format("This customer may not use routes of the tier '{}', only: {}.",
                             question.tier, fmt::join(policy.allowed_tiers, ", ")));
  }
  if (policy.max_price && question.price > *policy.max_price) {
    return Error(
        ErrorCode::max_price_exceeded,
        fmt::format("The price is {} wei, and the customer's policy allows {} for one job.",
                    question.price.to_string(), policy.max_price->to_string()));
  }
  return {};
}

std::optional<SpendCap> spend_cap_of(const GatewayPolicy& policy) {
  if (!policy.spend_cap) return std::nullopt;
  return SpendCap{*policy.spend_cap, policy.spend_window_hours * kHourMs};
}

void write_policy(json::Writer& w, const GatewayPolicy& policy) {
  w.begin_object();
  write_names(w, "allowed_models", policy.allowed_models);
  write_names(w, "allowed_tiers", policy.allowed_tiers);
  write_wei(w, "max_price_wei", policy.max_price);
  write_wei(w, "spend_cap_wei", policy.spend_cap);
  w.member("spend_window_hours", policy.spend_window_hours);
  w.end_object();
}

std::string policy_text(const GatewayPolicy& policy) {
  std::string text;
  json::Writer w(text);
  write_policy(w, policy);
  return text;
}

Result<GatewayPolicy> read_policy(json::Value object) {
  if (!object.is_object()) return wrong("policy", "a JSON object");
  for (std::size_t i = 0; i < object.size(); ++i) {
    const auto name = object.member(i).name;
    if (std::ranges::find(kMembers, name) == kMembers.end()) {
      return Error(ErrorCode::invalid_request,
                   fmt::format("There is no member '{}' of a policy. There are: {}.", name,
                               fmt::join(kMembers, ", ")),
                   std::string(name));
    }
  }
  GatewayPolicy policy;
  TRY(policy.allowed_models, read_names(object.find("allowed_models"), "allowed_models"));
  TRY(policy.allowed_tiers, read_names(object.find("allowed_tiers"), "allowed_tiers"));
  for (const auto& tier : policy.allowed_tiers) {
    if (std::ranges::find(kTiers, tier) == kTiers.end())
      return wrong("allowed_tiers", fmt::format("a list of: {}", fmt::join(kTiers, ", ")));
  }
  TRY(policy.max_price, read_wei(object.find("max_price_wei"), "max_price_wei"));
  TRY(policy.spend_cap, read_wei(object.find("spend_cap_wei"), "spend_cap_wei"));
  const auto window = object.find("spend_window_hours");
  if (!window || window.is_null()) return policy;
  const auto hours = window.integer();
  if (!hours || *hours < 1 || *hours > kMaxSpendWindowHours) {
    return wrong("spend_window_hours",
                 fmt::format("a whole number from 1 to {}", kMaxSpendWindowHours));
  }
  policy.spend_window_hours = *hours;
  return policy;
}

}  // namespace b3iq::control
