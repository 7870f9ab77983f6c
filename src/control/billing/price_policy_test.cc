#include "control/billing/price_policy.h"

#include <gtest/gtest.h>

#include <random>

namespace b3iq::control {
namespace {

PricePolicy policy_of(const std::string& text) {
  const auto document = json::Document::parse(text);
  auto policy = read_prices(document->root());
  EXPECT_TRUE(policy.ok()) << policy.error().detail;
  return *policy;
}
const std::string kTwo =
    R"({"classes":[{"name":"small","models":["a","b"],"prompt_wei_per_1k_tokens":"7",)"
    R"("completion_wei_per_1k_tokens":"13","minimum_wei":"2","private_job_wei":"50"},)"
    R"({"name":"rest","models":["*"],"prompt_wei_per_1k_tokens":"100",)"
    R"("completion_wei_per_1k_tokens":"200","minimum_wei":"0","private_job_wei":"900"}],)"
    R"("fee_basis_points":250})";

TEST(PricePolicy, TheBuiltInOneQuotesAPrivateJobAtAHundredWei) {
  const auto quote = quote_private_job(built_in_prices(), "llama3.1:8b");
  ASSERT_TRUE(quote.ok());
  EXPECT_EQ(quote->policy_version, "prices-0");
  EXPECT_EQ(quote->split.charged, Amount(100));
  EXPECT_EQ(quote->split.payout, Amount(95));
  EXPECT_EQ(quote->split.fee, Amount(5));
}

TEST(PricePolicy, AModelHasThePriceOfItsClass) {
  const auto policy = policy_of(kTwo);
  EXPECT_EQ((*price_of_model(policy, "b"))->name, "small");
  EXPECT_EQ((*price_of_model(policy, "c"))->name, "rest");
  auto closed = policy;
  closed.classes.pop_back();
  EXPECT_EQ(price_of_model(closed, "c").error().code, base::ErrorCode::customer_policy_denied);
}

TEST(PricePolicy, ThePriceRoundsUpOnceAndIsAtLeastTheMinimum) {
  const auto policy = policy_of(kTwo);
  const auto price = [&](std::int64_t prompt, std::int64_t completion) {
    return charge_for(policy, "a", {prompt, completion}, Amount(1'000'000))->split.charged;
  };
  EXPECT_EQ(price(0, 0), Amount(2));
  EXPECT_EQ(price(1'000, 1'000), Amount(20));
  EXPECT_EQ(price(1'000, 1'001), Amount(21));
  EXPECT_EQ(price(500, 500), Amount(10));  // 3.5 + 6.5
}

TEST(PricePolicy, G7_88_TokensThatCostMoreThanIsReservedAreCappedAndFlagged) {
  const auto policy = policy_of(kTwo);
  const auto charge = charge_for(policy, "a", {protocol::kMaxReceiptTokens, 1}, Amount(50));
  ASSERT_TRUE(charge.ok());
  EXPECT_TRUE(charge->capped);
  EXPECT_EQ(charge->split.charged, Amount(50));
  auto dear = policy;
  dear.classes[0].prompt_per_1k = Amount::max();
  const auto beyond = charge_for(dear, "a", {5'000, 5'000}, Amount(50));
  ASSERT_TRUE(beyond.ok());
  EXPECT_TRUE(beyond->capped);
  EXPECT_FALSE(charge_for(policy, "a", {-1, 0}, Amount(50)).ok());
  EXPECT_FALSE(charge_for(policy, "a", {1'000, 0}, Amount(50))->capped);
}

TEST(PricePolicy, ThePartsOfAnyPriceAreItsWholeWithLessThanTwoWeiOfRounding) {
  std::mt19937_64 chance(7);
  auto policy = built_in_prices();
  for (int i = 0; i < 20'000; ++i) {
    policy.fee_basis_points = static_cast<std::int64_t>(chance() % 10'001);
    std::array<std::uint8_t, 32> bytes;
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(chance());
    if (i % 2 == 0) std::fill(bytes.begin(), bytes.begin() + 30, std::uint8_t{0});
    const auto split = split_price(policy, Amount::from_bytes(bytes));
    const auto rounding = split.rounding();
    ASSERT_TRUE(rounding);
    ASSERT_LT(*rounding, Amount(2));
  }
}

TEST(PricePolicy, IsReadBackAsItIsWritten) {
  const auto policy = policy_of(kTwo);
  EXPECT_EQ(price_document(policy), kTwo);
  EXPECT_EQ(policy_of(price_document(policy)).classes, policy.classes);
}

TEST(PricePolicy, WhatIsNoPolicyIsRefused) {
  const auto with = [](const std::string& from, const std::string& to) {
    auto text = kTwo;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  for (const auto& text :
       {std::string("[]"), std::string(R"({"classes":[],"fee_basis_points":1})"),
        with("\"b\"", "\"a\""), with("\"*\"", "\"a\""), with("250", "10001"), with("250", "-1"),
        with("\"7\"", "7"), with("\"7\"", "\"-7\""), with("\"7\"", "\"07\""),
        with("\"name\":\"small\",", ""), with("\"name\":", "\"other\":1,\"name\":"),
        with("[\"a\",\"b\"]", "[]"), with("\"50\"", "\"1\"")}) {
    const auto document = json::Document::parse(text);
    ASSERT_TRUE(document.ok()) << text;
    EXPECT_FALSE(read_prices(document->root()).ok()) << text;
  }
}

TEST(PricePolicy, AVersionHasOneSpelling) {
  EXPECT_EQ(number_of_version("prices-0"), 0);
  EXPECT_EQ(number_of_version("prices-12"), 12);
  for (const auto* text : {"prices-", "prices-01", "prices--1", "prices-1x", "prices-+1", "12", ""})
    EXPECT_EQ(number_of_version(text), -1) << text;
}

}  // namespace
}  // namespace b3iq::control
