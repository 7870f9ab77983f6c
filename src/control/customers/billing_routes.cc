#include "control/customers/billing_routes.h"

#include "control/customers/ledger_json.h"
#include "http/json_response.h"
#include "http/query_parameters.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using http::Request;
using http::Response;

namespace {

Task<Result<Response>> account(const BillingParts& parts, const Request& request,
                               const Customer& customer) {
  if (!request.query.empty())
    co_return Error(ErrorCode::invalid_request, "This takes no query; leave it out.");
  CO_TRY(const auto account, co_await parts.ledger.account(customer.id));
  co_return http::object_answer([&](json::Writer& w) {
    w.member("status", "ok");
    w.member("customer_id", customer.id);
    w.member("generated_at", base::format_rfc3339(parts.clock.wall_ms()));
    write_account_members(w, account);
    w.key("gateway_policy");
    write_policy(w, customer.policy);
  });
}

Result<UsageQuery> read_usage_query(const Request& request, const Customer& customer) {
  UsageQuery query;
  query.account_id = customer.id;
  TRY_OK(http::each_parameter(
      request.query, [&](std::string_view name, std::string_view value) -> Status {
        if (name == "window_days") {
          TRY(query.window_days, http::integer_parameter(name, value, 1, kMaxUsageDays));
          return {};
        }
        if (name == "limit") {
          TRY(query.limit, http::integer_parameter(name, value, 1, kMaxUsageEntries));
          return {};
        }
        return Error(ErrorCode::invalid_request, "The query takes window_days and limit.");
      }));
  return query;
}

Task<Result<Response>> usage(const BillingParts& parts, const Request& request,
                             const Customer& customer) {
  CO_TRY(auto query, read_usage_query(request, customer));
  CO_TRY(const auto usage, co_await parts.ledger.usage(std::move(query)));
  co_return http::object_answer([&](json::Writer& w) {
    w.member("status", "ok");
    w.member("customer_id", customer.id);
    w.member("generated_at", base::format_rfc3339(usage.generated_at_ms));
    w.key("totals");
    w.begin_array();
    for (const auto kind : kAllEntryKinds) {
      const auto& total = usage.totals[static_cast<std::size_t>(kind)];
      if (total.entries > 0) write_kind_total(w, kind, total);
    }
    w.end_array();
    w.key("entries");
    w.begin_array();
    for (const auto& entry : usage.entries) write_entry(w, entry);
    w.end_array();
  });
}

}  // namespace

void add_billing_routes(http::Router& router, const BillingParts& parts) {
  add_customer_route(router, parts.level, http::Method::get, "/v1/billing/account",
                     "getBillingAccount", 0, [parts](Request& request, const Customer& customer) {
                       return account(parts, request, customer);
                     });
  add_customer_route(router, parts.level, http::Method::get, "/v1/billing/usage", "getBillingUsage",
                     0, [parts](Request& request, const Customer& customer) {
                       return usage(parts, request, customer);
                     });
}

}  // namespace b3iq::control
