// /v1/admin/customers and their tokens.
#include "control/admin/admin_body.h"
#include "control/admin/admin_page.h"
#include "control/admin/admin_routes.h"
#include "control/customers/ledger_json.h"
#include "http/json_response.h"

namespace b3iq::control {

using base::Result;
using base::Task;
using http::Request;
using http::Response;

namespace {

void write_members(json::Writer& w, const Customer& customer) {
  w.member("customer_id", customer.id);
  w.member("name", customer.name);
  w.member("standing", wire_name(customer.standing));
  write_text(w, "standing_reason", customer.standing_reason);
  w.member("created_by", customer.created_by);
  write_time(w, "created_at", customer.created_at_ms);
  w.key("gateway_policy");
  write_policy(w, customer.policy);
}

Response customer_answer(const CustomerAccount& found) {
  return http::object_answer([&](json::Writer& w) {
    write_members(w, found.customer);
    write_account_members(w, found.account);
    w.member("entries", found.account.entries);
  });
}

void write_token(json::Writer& w, const CustomerToken& token, std::int64_t now_ms) {
  w.begin_object();
  w.member("id", token.id);
  w.member("customer_id", token.customer_id);
  w.member("status", wire_name(status_of(token, now_ms)));
  w.member("note", token.note);
  w.member("created_by", token.created_by);
  write_time(w, "created_at", token.created_at_ms);
  write_time(w, "expires_at", token.expires_at_ms);
  write_time(w, "revoked_at", token.revoked_at_ms.value_or(0));
  write_time(w, "last_used_at", token.last_used_ms);
  w.end_object();
}

std::string id_of(const Request& request) { return std::string(request.path_parameters.at(0)); }

Task<Result<Response>> create(const AdminParts& parts, const Request& request,
                              const AdminCaller& caller) {
  CO_TRY(const auto body, AdminBody::parse(request.body, {"name"}));
  CO_TRY(auto name, body.text("name"));
  CO_TRY(const auto made, co_await parts.customers.create(std::move(name), caller.actor));
  co_return customer_answer(made);
}

Task<Result<Response>> list(const AdminParts& parts, const Request& request) {
  CO_TRY(auto page, read_page(request.query, kMaxCustomersPerPage, {}));
  CO_TRY(const auto customers, co_await parts.customers.list(std::move(page.before), page.limit));
  co_return http::list_answer(
      customers,
      [](json::Writer& w, const Customer& customer) {
        w.begin_object();
        write_members(w, customer);
        w.end_object();
      },
      [&](json::Writer& w) {
        write_next(w, "next_before", customers.empty() ? "" : customers.back().id,
                   std::ssize(customers) == page.limit);
      });
}

Task<Result<Response>> show(const AdminParts& parts, const Request& request, const AdminCaller&) {
  CO_TRY(const auto found, co_await parts.customers.get(id_of(request)));
  co_return customer_answer(found);
}

Task<Result<Response>> suspend(const AdminParts& parts, const Request& request,
                               const AdminCaller& caller) {
  CO_TRY(const auto body, AdminBody::parse(request.body, {"reason"}));
  CO_TRY(auto reason, body.text("reason", ""));
  CO_TRY(const auto found,
         co_await parts.customers.suspend(id_of(request), std::move(reason), caller.actor));
  co_return customer_answer(found);
}

Task<Result<Response>> resume(const AdminParts& parts, const Request& request,
                              const AdminCaller& caller) {
  CO_TRY(const auto found, co_await parts.customers.resume(id_of(request), caller.actor));
  co_return customer_answer(found);
}

Task<Result<Response>> set_policy(const AdminParts& parts, const Request& request,
                                  const AdminCaller& caller) {
  CO_TRY(const auto document, json::Document::parse(request.body));
  CO_TRY(auto policy, read_policy(document.root()));
  CO_TRY(const auto found,
         co_await parts.customers.set_policy(id_of(request), std::move(policy), caller.actor));
  co_return customer_answer(found);
}

Task<Result<Response>> create_token(const AdminParts& parts, const Request& request,
                                    const AdminCaller& caller) {
  const auto now = parts.clock.wall_ms();
  CO_TRY(const auto body, AdminBody::parse(request.body, {"note", "expires"}));
  CustomerTokenSpec spec;
  spec.customer_id = id_of(request);
  CO_TRY(spec.note, body.text("note", ""));
  CO_TRY(spec.life_ms, life_of(body, kDefaultCustomerTokenLifeMs, now));
  CO_TRY(const auto created, co_await parts.customer_tokens.create(std::move(spec), caller.actor));
  co_return http::object_answer([&](json::Writer& w) {
    w.key("token");
    write_token(w, created.token, now);
    w.member("secret", created.secret.reveal_text());
  });
}

Task<Result<Response>> list_tokens(const AdminParts& parts, const Request& request,
                                   const AdminCaller&) {
  CO_TRY(auto page, read_page(request.query, kMaxCustomersPerPage, {}));
  CO_TRY(const auto tokens,
         co_await parts.customer_tokens.list(id_of(request), std::move(page.before), page.limit));
  const auto now = parts.clock.wall_ms();
  co_return http::list_answer(
      tokens, [&](json::Writer& w, const auto& token) { write_token(w, token, now); },
      [&](json::Writer& w) {
        write_next(w, "next_before", tokens.empty() ? "" : tokens.back().id,
                   std::ssize(tokens) == page.limit);
      });
}

Task<Result<Response>> revoke_token(const AdminParts& parts, const Request& request,
                                    const AdminCaller& caller) {
  std::string token_id(request.path_parameters.at(1));
  CO_TRY(const auto token,
         co_await parts.customer_tokens.revoke(id_of(request), std::move(token_id), caller.actor));
  Response response;
  json::Writer w(response.body.emplace<std::string>());
  write_token(w, token, parts.clock.wall_ms());
  co_return response;
}

}  // namespace

void add_admin_customer_routes(http::Router& router, const AdminParts& parts) {
  using http::Method;
  const auto add = [&](Method method, std::string_view pattern, std::string_view id, auto handler) {
    const auto max_body =
        method == Method::post || method == Method::put ? parts.max_body_bytes : 0;
    add_admin_route(router, parts.levels.operator_, method, pattern, id, max_body,
                    [parts, handler](Request& request, const AdminCaller& caller) {
                      return handler(parts, request, caller);
                    });
  };
  constexpr std::string_view kCustomers = "/v1/admin/customers";
  add(Method::post, kCustomers, "createCustomer", create);
  add(Method::get, kCustomers, "listCustomers",
      [](const AdminParts& of, const Request& request, const AdminCaller&) {
        return list(of, request);
      });
  add(Method::get, "/v1/admin/customers/{customer}", "getCustomer", show);
  add(Method::post, "/v1/admin/customers/{customer}/suspension", "suspendCustomer", suspend);
  add(Method::delete_, "/v1/admin/customers/{customer}/suspension", "resumeCustomer", resume);
  add(Method::post, "/v1/admin/customers/{customer}/tokens", "createCustomerToken", create_token);
  add(Method::get, "/v1/admin/customers/{customer}/tokens", "listCustomerTokens", list_tokens);
  add(Method::delete_, "/v1/admin/customers/{customer}/tokens/{token}", "revokeCustomerToken",
      revoke_token);
  add_admin_route(router, parts.levels.admin, Method::put, "/v1/admin/customers/{customer}/policy",
                  "setCustomerPolicy", parts.max_body_bytes,
                  [parts](Request& request, const AdminCaller& caller) {
                    return set_policy(parts, request, caller);
                  });
}

}  // namespace b3iq::control
