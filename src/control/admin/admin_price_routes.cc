// /v1/admin/price-policies.
#include "control/admin/admin_page.h"
#include "control/admin/admin_routes.h"
#include "http/json_response.h"
#include "http/query_parameters.h"

namespace b3iq::control {

using base::Result;
using base::Task;
using http::Request;
using http::Response;

namespace {

void write_prices(json::Writer& w, const PricePolicy& policy) {
  w.begin_object();
  w.member("policy_version", policy.version());
  w.member("created_by", policy.created_by);
  write_time(w, "created_at", policy.created_at_ms);
  write_price_members(w, policy);
  w.end_object();
}

Task<Result<Response>> set(const AdminParts& parts, const Request& request,
                           const AdminCaller& caller) {
  CO_TRY(const auto document, json::Document::parse(request.body));
  CO_TRY(auto policy, read_prices(document.root()));
  CO_TRY(const auto made, co_await parts.prices.set(std::move(policy), caller.actor));
  Response response;
  json::Writer w(response.body.emplace<std::string>());
  write_prices(w, made);
  co_return response;
}

Task<Result<Response>> list(const AdminParts& parts, const Request& request) {
  CO_TRY(const auto page, read_page(request.query, kMaxPricesPerPage, {}));
  std::int64_t before = 0;
  if (!page.before.empty()) {
    CO_TRY(before, http::integer_parameter("before", page.before, 1,
                                           std::numeric_limits<std::int64_t>::max()));
  }
  CO_TRY(const auto policies, co_await parts.prices.list(before, page.limit));
  co_return http::list_answer(policies, write_prices, [&](json::Writer& w) {
    const bool more = std::ssize(policies) == page.limit && policies.back().number > 0;
    write_next(w, "next_before", more ? std::to_string(policies.back().number) : "", more);
  });
}

}  // namespace

void add_admin_price_routes(http::Router& router, const AdminParts& parts) {
  constexpr std::string_view kPolicies = "/v1/admin/price-policies";
  add_admin_route(
      router, parts.levels.admin, http::Method::post, kPolicies, "setPrices", parts.max_body_bytes,
      [parts](Request& request, const AdminCaller& caller) { return set(parts, request, caller); });
  add_admin_route(router, parts.levels.viewer, http::Method::get, kPolicies, "listPrices", 0,
                  [parts](Request& request, const AdminCaller&) { return list(parts, request); });
}

}  // namespace b3iq::control
