// `admin customers …`: who they are, their tokens, their policy.
#include "control/cli/admin_call.h"
#include "control/cli/made_secret.h"

namespace b3iq::control {
namespace {

constexpr std::string_view kCustomers = "/v1/admin/customers";

std::string path_of(const std::string& customer, std::string_view part = {}) {
  return fmt::format("{}/{}{}", kCustomers, encoded(customer), part);
}

void print_row(std::string_view name, json::Value value) {
  fmt::print("{:<20}{}\n", name, cell_text(value));
}

void print_customer(json::Value customer) {
  for (const auto* name : {"customer_id", "name", "standing", "standing_reason", "balance_wei",
                           "reserved_wei", "available_wei", "entries", "created_at", "created_by"})
    print_row(name, customer.find(name));
  const auto policy = customer.find("gateway_policy");
  for (const auto* name : {"allowed_models", "allowed_tiers", "max_price_wei", "spend_cap_wei"}) {
    const auto limit = cell_text(policy.find(name));
    fmt::print("{:<20}{}\n", name, limit == "-" ? "(no limit)" : limit);
  }
  print_row("spend_window_hours", policy.find("spend_window_hours"));
}

void write_names(json::Writer& w, std::string_view member, const std::vector<std::string>& names) {
  w.key(member);
  w.begin_array();
  for (const auto& name : names) w.value(std::string_view(name));
  w.end_array();
}

std::string policy_body(const AdminOptions& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  write_names(w, "allowed_models", options.models);
  write_names(w, "allowed_tiers", options.tiers);
  if (!options.max_price.empty()) w.member("max_price_wei", options.max_price);
  if (!options.spend_cap.empty()) w.member("spend_cap_wei", options.spend_cap);
  if (options.window_hours != 0) w.member("spend_window_hours", options.window_hours);
  w.end_object();
  return body;
}

int print_answer(const AdminOptions& options, const AdminAnswer& answer) {
  return print_admin(options, answer, print_customer);
}

}  // namespace

int run_customers_create(const AdminOptions& options) {
  return print_answer(options, call_admin(options, http::Method::post, kCustomers,
                                          body_of({{"name", options.name}})));
}

int run_customers_list(const AdminOptions& options) {
  const auto query = query_of({{"limit", std::to_string(options.limit)}, {"before", options.page}});
  const auto answer = call_admin(options, http::Method::get, std::string(kCustomers) + query);
  return print_admin(options, answer, [](json::Value root) {
    print_list(root,
               {{"CUSTOMER", "customer_id"},
                {"NAME", "name"},
                {"STANDING", "standing"},
                {"CREATED", "created_at"},
                {"BY", "created_by"}},
               "There are no customers. Make one: b3iq-control-plane admin customers create "
               "--name NAME");
  });
}

int run_customers_show(const AdminOptions& options) {
  return print_answer(options, call_admin(options, http::Method::get, path_of(options.id)));
}

int run_customers_suspend(const AdminOptions& options) {
  return print_answer(options,
                      call_admin(options, http::Method::post, path_of(options.id, "/suspension"),
                                 body_of({{"reason", options.reason}})));
}

int run_customers_resume(const AdminOptions& options) {
  return print_answer(
      options, call_admin(options, http::Method::delete_, path_of(options.id, "/suspension")));
}

int run_customers_policy(const AdminOptions& options) {
  return print_answer(options, call_admin(options, http::Method::put,
                                          path_of(options.id, "/policy"), policy_body(options)));
}

int run_customer_tokens_create(const AdminOptions& options) {
  const auto body = body_of({{"note", options.note}, {"expires", options.expires}});
  return make_with_secret(
      options, path_of(options.id, "/tokens"), body, "token", [&](json::Value answer) {
        const auto token = answer.find("token");
        fmt::print(stderr, "The token {} of {}, until {}. ", cell_text(token.find("id")),
                   cell_text(token.find("customer_id")), cell_text(token.find("expires_at")));
        if (options.out.empty()) {
          fmt::print(stderr,
                     "This is the only time it is shown: put it into a file with mode 0600.\n");
        } else {
          fmt::print(stderr, "It is in {}, and nowhere else.\n", options.out);
        }
      });
}

int run_customer_tokens_list(const AdminOptions& options) {
  const auto query = query_of({{"limit", std::to_string(options.limit)}, {"before", options.page}});
  const auto answer =
      call_admin(options, http::Method::get, path_of(options.id, "/tokens") + query);
  return print_admin(options, answer, [](json::Value root) {
    print_list(root,
               {{"ID", "id"},
                {"STATUS", "status"},
                {"NOTE", "note"},
                {"CREATED", "created_at"},
                {"EXPIRES", "expires_at"},
                {"LAST USED", "last_used_at"}},
               "This customer has no tokens. Make one: b3iq-control-plane admin customers tokens "
               "create CUSTOMER");
  });
}

int run_customer_tokens_revoke(const AdminOptions& options) {
  const auto path = path_of(options.id, "/tokens/") + encoded(options.other_id);
  const auto answer = call_admin(options, http::Method::delete_, path);
  return print_admin(options, answer, [](json::Value token) {
    fmt::print("{} opens nothing any more.\n", cell_text(token.find("id")));
  });
}

}  // namespace b3iq::control
