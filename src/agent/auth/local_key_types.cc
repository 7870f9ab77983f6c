#include "agent/auth/local_key_types.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;

namespace {
constexpr std::string_view kScopeNames[] = {"chat", "models", "receipts", "metrics"};
constexpr std::string_view kPeriodNames[] = {"total", "day", "month"};
constexpr std::size_t kMaxNameBytes = 64;
constexpr std::size_t kMaxModels = 64;
constexpr std::size_t kMaxModelIdBytes = 256;
}  // namespace

std::string_view scope_name(Scope scope) { return kScopeNames[static_cast<int>(scope)]; }

std::optional<Scope> scope_from_name(std::string_view name) {
  for (const Scope scope : kAllScopes) {
    if (scope_name(scope) == name) return scope;
  }
  return std::nullopt;
}

std::string_view period_name(BudgetPeriod period) { return kPeriodNames[static_cast<int>(period)]; }

std::optional<BudgetPeriod> period_from_name(std::string_view name) {
  for (const auto period : {BudgetPeriod::total, BudgetPeriod::day, BudgetPeriod::month}) {
    if (period_name(period) == name) return period;
  }
  return std::nullopt;
}

base::Status check_key_spec(const KeySpec& spec) {
  const auto bad_text = [](std::string_view text, std::size_t limit) {
    if (text.size() > limit || !base::valid_utf8(text)) return true;
    for (const char c : text) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return true;
    }
    return false;
  };
  if (spec.name.empty() || bad_text(spec.name, kMaxNameBytes)) {
    return Error(ErrorCode::invalid_request,
                 fmt::format("A key needs a name of 1 to {} printable characters.", kMaxNameBytes),
                 "name");
  }
  if (bad_text(spec.user, kMaxNameBytes)) {
    return Error(
        ErrorCode::invalid_request,
        fmt::format("The user name may have at most {} printable characters.", kMaxNameBytes),
        "user");
  }
  if (spec.scopes.empty()) {
    return Error(ErrorCode::invalid_request,
                 "A key needs at least one scope: chat, models, receipts, metrics.", "scopes");
  }
  if (spec.models.size() > kMaxModels) {
    return Error(ErrorCode::invalid_request,
                 fmt::format("At most {} models can be listed.", kMaxModels), "models");
  }
  for (const auto& model : spec.models) {
    if (model.empty() || bad_text(model, kMaxModelIdBytes)) {
      return Error(ErrorCode::invalid_request, "A model id is empty, too long or not printable.",
                   "models");
    }
  }
  const auto& limits = spec.limits;
  for (const auto limit : {limits.requests_per_minute, limits.tokens_per_minute,
                           limits.budget_tokens, limits.budget_requests}) {
    if (limit < 0 || limit > kMaxKeyLimit) {
      return Error(ErrorCode::invalid_request,
                   fmt::format("Limits and budgets are whole numbers from 0 (no limit) to {}.",
                               kMaxKeyLimit),
                   "limits");
    }
  }
  return {};
}

}  // namespace b3iq::agent
