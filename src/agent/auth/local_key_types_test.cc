#include "agent/auth/local_key_types.h"

#include <gtest/gtest.h>

namespace b3iq::agent {
namespace {

KeySpec named(std::string name) {
  KeySpec spec;
  spec.name = std::move(name);
  return spec;
}

TEST(LocalKeyTypes, NamesGoBothWays) {
  for (const auto scope : kAllScopes) EXPECT_EQ(scope_from_name(scope_name(scope)), scope);
  EXPECT_FALSE(scope_from_name("admin"));
  for (const auto period : {BudgetPeriod::total, BudgetPeriod::day, BudgetPeriod::month}) {
    EXPECT_EQ(period_from_name(period_name(period)), period);
  }
}

TEST(LocalKeyTypes, SpecIsChecked) {
  EXPECT_TRUE(check_key_spec(named("my app")).ok());
  EXPECT_FALSE(check_key_spec(named("")).ok());
  EXPECT_FALSE(check_key_spec(named(std::string(65, 'x'))).ok());
  EXPECT_FALSE(check_key_spec(named("line\nbreak")).ok());
  EXPECT_FALSE(check_key_spec(named("\xff")).ok());
  auto no_scope = named("a");
  no_scope.scopes.clear();
  EXPECT_EQ(check_key_spec(no_scope).error().param, "scopes");
  auto negative = named("a");
  negative.limits.budget_tokens = -1;
  EXPECT_FALSE(check_key_spec(negative).ok());
}

TEST(LocalKeyTypes, ExpiryForms) {
  constexpr std::int64_t kNow = 1'700'000'000'000;
  EXPECT_EQ(parse_expiry("90d", kNow).value(), kNow + 90 * 86'400'000LL);
  EXPECT_EQ(parse_expiry("12h", kNow).value(), kNow + 12 * 3'600'000LL);
  EXPECT_EQ(parse_expiry("2027-01-31T00:00:00Z", kNow).value(), 1'801'353'600'000);
  for (const auto* text :
       {"", "d", "0d", "-1d", "1", "1w", "1.5h", "9999999999999999999d", "2001-01-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_expiry(text, kNow).ok()) << text;
  }
}

}  // namespace
}  // namespace b3iq::agent
