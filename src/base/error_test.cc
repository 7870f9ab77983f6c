#include "base/error.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "base/result.h"

namespace b3iq::base {
namespace {

constexpr ErrorCode kAllCodes[] = {
#define B3_ERROR(symbol, wire, http, type, retryable, title) ErrorCode::symbol,
#include "base/error_table.def"
#undef B3_ERROR
};

TEST(Error, EveryCodeHasACompleteAndUniqueRow) {
  const std::set<std::string_view> types = {
      "invalid_request_error", "authentication_error", "insufficient_quota", "not_found_error",
      "conflict_error",        "rate_limit_error",     "api_error"};
  std::set<std::string_view> names;
  for (const ErrorCode code : kAllCodes) {
    const ErrorInfo& info = error_info(code);
    EXPECT_TRUE(names.insert(info.wire_name).second) << info.wire_name << " twice";
    EXPECT_EQ(info.wire_name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"),
              std::string_view::npos);
    EXPECT_GE(info.http_status, 400);
    EXPECT_LT(info.http_status, 600);
    EXPECT_TRUE(types.contains(info.openai_type)) << info.openai_type;
    EXPECT_FALSE(info.title.empty());
    EXPECT_EQ(error_code_from_wire(info.wire_name), code);
  }
  EXPECT_FALSE(error_code_from_wire("no_such_code"));
}

Result<int> half(int n) {
  if (n % 2 != 0) return Error(ErrorCode::invalid_request, "odd");
  return n / 2;
}

Result<int> quarter(int n) {
  TRY(const int h, half(n));
  TRY(const int q, half(h));
  return q;
}

Status check_even(int n) {
  TRY_OK(half(n));
  return {};
}

TEST(Result, TryUnwrapsOrLeavesWithTheError) {
  EXPECT_EQ(*quarter(8), 2);
  ASSERT_FALSE(quarter(6).ok());
  EXPECT_EQ(quarter(6).error().detail, "odd");
  EXPECT_TRUE(check_even(2).ok());
  EXPECT_EQ(check_even(3).error().code, ErrorCode::invalid_request);
}

TEST(Result, HoldsMoveOnlyValues) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 7);
}

}  // namespace
}  // namespace b3iq::base
