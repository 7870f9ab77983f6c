#include "agent/setup/usage_routes.h"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "agent/auth/usage_meter.h"
#include "agent/auth/usage_store.h"
#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "agent/local_api/query.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using http::Response;

namespace {

constexpr std::int64_t kMsPerDay = 86'400'000;

struct UsageQuery {
  std::optional<std::int64_t> from, to;
  std::optional<UsageGrouping> by;
};

constexpr std::pair<std::string_view, UsageGrouping> kGroupings[] = {
    {"account", UsageGrouping::account},
    {"user", UsageGrouping::user},
    {"model", UsageGrouping::model}};

std::string_view name_of(UsageGrouping by) {
  for (const auto& [name, grouping] : kGroupings)
    if (grouping == by) return name;
  return "";
}

Result<std::int64_t> parse_day(std::string_view name, std::string_view text) {
  std::int64_t at_ms = 0;
  if (!base::parse_rfc3339(fmt::format("{}T00:00:00Z", text.substr(0, 16)), at_ms)) {
    return Error(ErrorCode::invalid_request,
                 fmt::format("{} is a UTC day such as 2026-01-31.", name), std::string(name));
  }
  return at_ms / kMsPerDay;
}

Result<UsageGrouping> parse_grouping(std::string_view text) {
  for (const auto& [name, grouping] : kGroupings)
    if (name == text) return grouping;
  return Error(ErrorCode::invalid_request, "by is account, user or model.", "by");
}

Result<UsageQuery> parse_query(std::string_view text) {
  UsageQuery query;
  TRY_OK(each_parameter(text, [&query](std::string_view name, std::string_view value) -> Status {
    if (name == "from") {
      TRY(query.from, parse_day(name, value));
    } else if (name == "to") {
      TRY(query.to, parse_day(name, value));
    } else if (name == "by") {
      TRY(query.by, parse_grouping(value));
    } else {
      return Error(ErrorCode::invalid_request, "The query takes from, to and by.",
                   std::string(name));
    }
    return {};
  }));
  return query;
}

Result<UsagePeriod> period_of(const UsageQuery& query, std::int64_t today) {
  UsagePeriod period;
  period.last_day = query.to.value_or(today);
  period.first_day = query.from.value_or(period.last_day - kDefaultUsageDays + 1);
  if (period.first_day > period.last_day) {
    return Error(ErrorCode::invalid_request, "from is a day before to, or the same.", "from");
  }
  if (period.last_day - period.first_day >= kMaxUsageDays) {
    return Error(
        ErrorCode::invalid_request,
        fmt::format("At most {} days are told at once. Ask for a shorter time.", kMaxUsageDays),
        "from");
  }
  return period;
}

std::string day_text(std::int64_t day) {
  return base::format_rfc3339(day * kMsPerDay).substr(0, 10);
}

void write_counts(json::Writer& w, const UsageCounts& counts) {
  w.member("requests", counts.requests);
  w.member("prompt_tokens", counts.prompt_tokens);
  w.member("completion_tokens", counts.completion_tokens);
}

// Rows of one account follow each other many times.
class NameCache {
 public:
  explicit NameCache(const AccountNames& names) : names_(names) {}
  const AccountName& of(const std::string& account) {
    const auto found = known_.find(account);
    if (found != known_.end()) return found->second;
    return known_.emplace(account, names_.of(account)).first->second;
  }

 private:
  const AccountNames& names_;
  std::map<std::string, AccountName> known_;
};

template <class Row, class F>
Response report_answer(const UsagePeriod& period, const UsageReport<Row>& report,
                       std::optional<UsageGrouping> by, const F& write_row) {
  return list_answer(report.rows, write_row, [&](json::Writer& w) {
    w.member("from", day_text(period.first_day));
    w.member("to", day_text(period.last_day));
    w.member("truncated", report.truncated);
    if (by) w.member("by", name_of(*by));
  });
}

Task<Result<Response>> grouped(const UsageRoutes& self, UsagePeriod period, UsageGrouping by) {
  CO_TRY(const auto report, co_await read_grouped_usage(self.database, period, by));
  NameCache names(self.names);
  co_return report_answer(period, report, by, [&](json::Writer& w, const UsageGroup& row) {
    w.begin_object();
    w.member("day", day_text(row.day));
    w.member("group", row.group);
    w.member("name", by == UsageGrouping::model ? row.group : names.of(row.group).name);
    write_counts(w, row.counts);
    w.end_object();
  });
}

Task<Result<Response>> usage(const UsageRoutes& self, const http::Request& request) {
  CO_TRY(const auto query, parse_query(request.query));
  CO_TRY(const auto period, period_of(query, utc_day(self.clock.wall_ms())));
  if (query.by) co_return co_await grouped(self, period, *query.by);
  CO_TRY(const auto report, co_await read_usage(self.database, period));
  NameCache names(self.names);
  co_return report_answer(period, report, std::nullopt, [&](json::Writer& w, const UsageRow& row) {
    const auto& named = names.of(row.account);
    w.begin_object();
    w.member("account", row.account);
    w.member("account_name", named.name);
    w.member("user", named.user);
    w.member("day", day_text(row.day));
    w.member("model", row.model);
    write_counts(w, row.counts);
    w.end_object();
  });
}

}  // namespace

void UsageRoutes::add_to(http::Router& router) {
  const auto self = *this;
  router.add(http::Method::get, "/setup/v1/usage", "getUsage", levels.viewer, native_error, 0,
             [self](http::Request& request, const Principal&) { return usage(self, request); });
}

}  // namespace b3iq::agent
