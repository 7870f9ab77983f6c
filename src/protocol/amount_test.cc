#include "protocol/amount.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "protocol/vector_file.h"

namespace b3iq::protocol {
namespace {

Amount amount_of(json::Value vector, std::string_view name) {
  auto amount = Amount::parse(text_of(vector, name));
  EXPECT_TRUE(amount.ok()) << text_of(vector, name);
  return amount.ok() ? *amount : Amount();
}

// null in a vector is nullopt here.
void expect_result(const std::optional<Amount>& result, json::Value expected) {
  if (expected.is_null()) {
    EXPECT_FALSE(result);
  } else {
    ASSERT_TRUE(result);
    EXPECT_EQ(result->to_string(), expected.string().value());
  }
}

TEST(Amount, ReadsAndWritesTheVectors) {
  const auto vectors = read_vectors("amounts.json");
  for_each_case(vectors.root().find("valid"), 15, [](json::Value vector) {
    const Amount amount = amount_of(vector, "text");
    EXPECT_EQ(amount.to_string(), text_of(vector, "text"));
    EXPECT_EQ(base::to_hex(amount.to_bytes()), text_of(vector, "bytes"));
    EXPECT_EQ(Amount::from_bytes(amount.to_bytes()), amount);
  });
}

// CASES G7 #85.
TEST(Amount, RefusesEveryOtherSpelling) {
  const auto vectors = read_vectors("amounts.json");
  const auto refused = vectors.root().find("refused");
  ASSERT_GE(refused.size(), 20u);
  for (std::size_t i = 0; i < refused.size(); ++i) {
    const auto amount = Amount::parse(refused.at(i).string().value(), "max_price_wei");
    ASSERT_FALSE(amount.ok()) << refused.at(i).string().value();
    EXPECT_EQ(amount.error().code, base::ErrorCode::invalid_request);
    EXPECT_EQ(amount.error().param, "max_price_wei");
  }
}

TEST(Amount, CalculatesTheVectors) {
  const auto vectors = read_vectors("amounts.json");
  for_each_case(vectors.root().find("add"), 20, [](json::Value v) {
    expect_result(Amount::add(amount_of(v, "a"), amount_of(v, "b")), v.find("sum"));
  });
  for_each_case(vectors.root().find("subtract"), 20, [](json::Value v) {
    expect_result(Amount::subtract(amount_of(v, "a"), amount_of(v, "b")), v.find("difference"));
  });
  for_each_case(vectors.root().find("mul_div"), 40, [](json::Value v) {
    // The factors go up to 2^64-1, above what an integer of our JSON holds exactly.
    const auto factor = [&](std::string_view name) { return std::stoull(text_of(v, name)); };
    const Amount amount = amount_of(v, "amount");
    expect_result(
        Amount::mul_div(amount, factor("numerator"), factor("denominator"), Rounding::down),
        v.find("down"));
    expect_result(Amount::mul_div(amount, factor("numerator"), factor("denominator"), Rounding::up),
                  v.find("up"));
  });
}

TEST(Amount, Orders) {
  EXPECT_TRUE(Amount().is_zero());
  EXPECT_LT(Amount(1), Amount(2));
  EXPECT_LT(Amount(~0ull), Amount::parse("18446744073709551616").value());
  EXPECT_GT(Amount::max(), Amount(~0ull));
  EXPECT_EQ(Amount(7), Amount::parse("7").value());
}

using AmountBytes = std::array<std::uint8_t, 32>;

RC_GTEST_PROP(AmountProperty, TextIsTheSameAmount, (const AmountBytes& bytes)) {
  const Amount amount = Amount::from_bytes(bytes);
  RC_ASSERT(Amount::parse(amount.to_string()).value() == amount);
  RC_ASSERT(amount.to_bytes() == bytes);
}

RC_GTEST_PROP(AmountProperty, AddThenSubtractIsNothing,
              (const AmountBytes& x, const AmountBytes& y)) {
  const Amount a = Amount::from_bytes(x);
  const Amount b = Amount::from_bytes(y);
  const auto sum = Amount::add(a, b);
  RC_ASSERT(sum == Amount::add(b, a));
  if (sum) {
    RC_ASSERT(Amount::subtract(*sum, b) == a);
    RC_ASSERT(*sum >= a);
  } else {
    RC_ASSERT(a > Amount::subtract(Amount::max(), b).value());
  }
}

// What the customer pays (up) is what the node gets (down) and at most one wei.
RC_GTEST_PROP(AmountProperty, RoundingUpIsAtMostOneMore,
              (const AmountBytes& x, std::uint64_t n, std::uint64_t d)) {
  const Amount amount = Amount::from_bytes(x);
  const auto down = Amount::mul_div(amount, n, d, Rounding::down);
  const auto up = Amount::mul_div(amount, n, d, Rounding::up);
  if (!down) {
    RC_ASSERT(!up);
  } else if (up) {
    RC_ASSERT(*up == *down || *up == Amount::add(*down, Amount(1)).value());
  }
}

}  // namespace
}  // namespace b3iq::protocol
