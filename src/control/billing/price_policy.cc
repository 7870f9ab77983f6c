#include "control/billing/price_policy.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/member_reader.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using protocol::MemberReader;
using protocol::Rounding;

namespace {

constexpr std::string_view kAllModels = "*";
constexpr std::size_t kMaxVersionDigits = 18;  // fit 64 bits
constexpr std::uint64_t kTokensOfPrice = 1'000;

// nullopt when it passes 2^256-1.
std::optional<Amount> price_of_tokens(const ModelPrice& price,
                                      const protocol::ReceiptUsage& usage) {
  const auto prompt = Amount::mul_div(
      price.prompt_per_1k, static_cast<std::uint64_t>(usage.prompt_tokens), 1, Rounding::down);
  const auto completion =
      Amount::mul_div(price.completion_per_1k, static_cast<std::uint64_t>(usage.completion_tokens),
                      1, Rounding::down);
  if (!prompt || !completion) return std::nullopt;
  const auto thousandfold = Amount::add(*prompt, *completion);
  if (!thousandfold) return std::nullopt;
  const auto whole = Amount::mul_div(*thousandfold, 1, kTokensOfPrice, Rounding::up);
  return whole ? std::max(*whole, price.minimum) : whole;
}

Error wrong(std::string_view member, std::string text) {
  return Error(ErrorCode::invalid_request, std::move(text), std::string(member));
}

Result<Amount> read_wei(MemberReader& reader, std::string_view name) {
  TRY(const auto text, reader.text(name));
  return Amount::parse(text, name);
}

Result<ModelPrice> read_class(json::Value value) {
  TRY(auto reader, MemberReader::open(value, "A class of models"));
  ModelPrice price;
  TRY(price.name, reader.printable("name", kMaxPriceNameBytes));
  TRY(const auto models, reader.list("models", kMaxModelsOfClass));
  for (std::size_t i = 0; i < models.size(); ++i) {
    const auto model = models.at(i).string();
    if (!model || !protocol::is_printable(*model, kMaxPriceNameBytes))
      return wrong("models", "'models' is a list of model ids, or of \"*\" for all others.");
    price.models.emplace_back(*model);
  }
  if (price.models.empty()) return wrong("models", "A class without models has no use.");
  TRY(price.prompt_per_1k, read_wei(reader, "prompt_wei_per_1k_tokens"));
  TRY(price.completion_per_1k, read_wei(reader, "completion_wei_per_1k_tokens"));
  TRY(price.minimum, read_wei(reader, "minimum_wei"));
  TRY(price.private_job, read_wei(reader, "private_job_wei"));
  TRY_OK(reader.done());
  if (price.minimum > price.private_job) {
    return wrong("private_job_wei", fmt::format("The class '{}' has a minimum above its price of a "
                                                "private job.",
                                                price.name));
  }
  return price;
}

// A model stands in one class.
Status check_classes(const std::vector<ModelPrice>& classes) {
  std::vector<std::string_view> models;
  for (const auto& one : classes) models.insert(models.end(), one.models.begin(), one.models.end());
  std::ranges::sort(models);
  const auto twice = std::ranges::adjacent_find(models);
  if (twice == models.end()) return {};
  return wrong("models", fmt::format("The model '{}' stands in the list twice.", *twice));
}

bool has_model(const ModelPrice& price, std::string_view model_id) {
  return std::ranges::find(price.models, model_id) != price.models.end();
}

}  // namespace

const PricePolicy& built_in_prices() {
  static const PricePolicy prices{
      0,
      {{"default", {std::string(kAllModels)}, Amount(10), Amount(30), Amount(1), Amount(100)}},
      500,
      "control-plane",
      0};
  return prices;
}

std::int64_t number_of_version(std::string_view version) {
  if (!version.starts_with(kPriceVersionPrefix)) return -1;
  version.remove_prefix(kPriceVersionPrefix.size());
  if (version.empty() || version.size() > kMaxVersionDigits) return -1;
  if (version.size() > 1 && version.front() == '0') return -1;  // one spelling for each
  std::int64_t number = 0;
  for (const char c : version) {
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

void write_price_members(json::Writer& w, const PricePolicy& policy) {
  w.key("classes");
  w.begin_array();
  for (const auto& one : policy.classes) {
    w.begin_object();
    w.member("name", one.name);
    w.key("models");
    w.begin_array();
    for (const auto& model : one.models) w.value(std::string_view(model));
    w.end_array();
    w.member("prompt_wei_per_1k_tokens", one.prompt_per_1k.to_string());
    w.member("completion_wei_per_1k_tokens", one.completion_per_1k.to_string());
    w.member("minimum_wei", one.minimum.to_string());
    w.member("private_job_wei", one.private_job.to_string());
    w.end_object();
  }
  w.end_array();
  w.member("fee_basis_points", policy.fee_basis_points);
}

std::string price_document(const PricePolicy& policy) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  write_price_members(w, policy);
  w.end_object();
  return text;
}

Result<PricePolicy> read_prices(json::Value object) {
  TRY(auto reader, MemberReader::open(object, "A price policy"));
  PricePolicy policy;
  TRY(const auto classes, reader.list("classes", kMaxPriceClasses));
  if (classes.size() == 0) return wrong("classes", "A price policy needs at least one class.");
  for (std::size_t i = 0; i < classes.size(); ++i) {
    TRY(auto one, read_class(classes.at(i)));
    policy.classes.push_back(std::move(one));
  }
  TRY_OK(check_classes(policy.classes));
  TRY(policy.fee_basis_points, reader.integer("fee_basis_points", 0, kWholeBasisPoints));
  TRY_OK(reader.done());
  return policy;
}

Result<const ModelPrice*> price_of_model(const PricePolicy& policy, std::string_view model_id) {
  const ModelPrice* others = nullptr;
  for (const auto& one : policy.classes) {
    if (has_model(one, model_id)) return &one;
    if (has_model(one, kAllModels)) others = &one;
  }
  if (others != nullptr) return others;
  return Error(ErrorCode::customer_policy_denied,
               fmt::format("The model '{}' has no price here ({}). Ask for another model.",
                           model_id, policy.version()),
               "model_id");
}

PriceSplit split_price(const PricePolicy& policy, const Amount& price) {
  const auto fee_points = static_cast<std::uint64_t>(policy.fee_basis_points);
  constexpr auto kWhole = static_cast<std::uint64_t>(kWholeBasisPoints);
  // Neither can be above the price, so neither can be none.
  const auto payout = Amount::mul_div(price, kWhole - fee_points, kWhole, Rounding::down);
  const auto fee = Amount::mul_div(price, fee_points, kWhole, Rounding::down);
  return {price, payout.value_or(Amount()), fee.value_or(Amount())};
}

Result<Quote> quote_private_job(const PricePolicy& policy, std::string_view model_id) {
  TRY(const auto* const price, price_of_model(policy, model_id));
  return Quote{policy.version(), split_price(policy, price->private_job)};
}

Result<Charge> charge_for(const PricePolicy& policy, std::string_view model_id,
                          const protocol::ReceiptUsage& usage, const Amount& reserved) {
  if (usage.prompt_tokens < 0 || usage.completion_tokens < 0) {
    return Error(ErrorCode::receipt_rejected, "A receipt counts no tokens below 0.", "usage");
  }
  TRY(const auto* const price, price_of_model(policy, model_id));
  const auto by_tokens = price_of_tokens(*price, usage);
  const bool capped = !by_tokens || *by_tokens > reserved;
  return Charge{split_price(policy, capped ? reserved : *by_tokens), capped};
}

}  // namespace b3iq::control
