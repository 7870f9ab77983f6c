// Documents about money that operators send: a customer's policy and a price policy. What is taken
// is written and read back as the same, and any price of it divides without a remainder.
#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"
#include "control/billing/price_policy.h"
#include "control/customers/gateway_policy.h"

namespace b3iq {
namespace {

void try_policy(json::Value root) {
  const auto policy = control::read_policy(root);
  if (!policy.ok()) return;
  const auto document = json::Document::parse(control::policy_text(*policy));
  B3_CHECK(document.ok());
  const auto again = control::read_policy(document->root());
  B3_CHECK(again.ok() && *again == *policy);
  B3_CHECK(!policy->spend_cap || control::spend_cap_of(*policy)->window_ms > 0);
  static_cast<void>(control::check_policy(*policy, {"m", "unknown", control::Amount(7)}));
}

void try_prices(json::Value root) {
  const auto prices = control::read_prices(root);
  if (!prices.ok()) return;
  const auto document = json::Document::parse(control::price_document(*prices));
  B3_CHECK(document.ok());
  const auto again = control::read_prices(document->root());
  B3_CHECK(again.ok() && again->classes == prices->classes);
  for (const auto& one : prices->classes) {
    const auto quote = control::quote_private_job(*prices, one.models.front());
    B3_CHECK(quote.ok() && quote->split.rounding().has_value());
    const auto charge = control::charge_for(*prices, one.models.front(),
                                            {protocol::kMaxReceiptTokens, 1}, one.private_job);
    B3_CHECK(charge.ok() && charge->split.charged <= one.private_job);
    B3_CHECK(charge->split.rounding().has_value());
  }
}

}  // namespace
}  // namespace b3iq

int fuzz_money_request(const std::uint8_t* data, std::size_t size) {
  using namespace b3iq;
  const auto text = base::as_text({data, size});
  static_cast<void>(control::number_of_version(text));
  const auto document = json::Document::parse(text);
  if (!document.ok()) return 0;
  try_policy(document->root());
  try_prices(document->root());
  return 0;
}
