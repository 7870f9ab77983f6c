// /v1/admin/credentials.
#include "control/admin/admin_body.h"
#include "control/admin/admin_page.h"
#include "control/admin/admin_routes.h"
#include "control/admin/admin_second_person.h"
#include "http/json_response.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;
using http::Request;
using http::Response;

namespace {

constexpr std::int64_t kMaxCredentialsPerPage = 500;

void write_credential(json::Writer& w, const AdminCredential& credential, std::int64_t now_ms) {
  w.begin_object();
  w.member("id", credential.id);
  w.member("name", credential.name);
  w.member("role", wire_name(credential.role));
  w.member("status", wire_name(status_of(credential, now_ms)));
  w.member("created_by", credential.created_by);
  write_time(w, "created_at", credential.created_at_ms);
  write_time(w, "expires_at", credential.expires_at_ms);
  write_time(w, "revoked_at", credential.revoked_at_ms.value_or(0));
  w.end_object();
}

Task<Result<Response>> create(const AdminParts& parts, const Request& request,
                              const AdminCaller& caller) {
  const auto now = parts.clock.wall_ms();
  CO_TRY(const auto body,
         AdminBody::parse(request.body, {"name", "role", "expires", kApprovalMember}));
  AdminCredentialSpec spec;
  CO_TRY(spec.name, body.text("name"));
  CO_TRY(const auto role_text, body.text("role"));
  const auto role = admin_role_from_wire(role_text);
  if (!role) {
    co_return Error(ErrorCode::invalid_request, "'role' is viewer, operator or admin.", "role");
  }
  spec.role = *role;
  CO_TRY(spec.life_ms, life_of(body, kDefaultCredentialLifeMs, now));
  SecondPerson second;
  CO_TRY(auto by, second.by(body, caller));
  auto done = co_await parts.credentials.create(std::move(spec), std::move(by));
  if (second.is_needed(done)) co_return co_await second.ask(parts);
  CO_TRY(const auto created, std::move(done));
  co_return http::object_answer([&](json::Writer& w) {
    w.key("credential");
    write_credential(w, created.credential, now);
    w.member("secret", created.secret.reveal_text());
  });
}

Task<Result<Response>> list(const AdminParts& parts, const Request& request) {
  CO_TRY(auto page, read_page(request.query, kMaxCredentialsPerPage, {}));
  CO_TRY(const auto credentials,
         co_await parts.credentials.list(std::move(page.before), page.limit));
  const auto now = parts.clock.wall_ms();
  co_return http::list_answer(
      credentials, [&](json::Writer& w, const auto& one) { write_credential(w, one, now); },
      [&](json::Writer& w) {
        write_next(w, "next_before", credentials.empty() ? "" : credentials.back().id,
                   std::ssize(credentials) == page.limit);
      });
}

Task<Result<Response>> revoke(const AdminParts& parts, const Request& request,
                              const AdminCaller& caller) {
  const std::string id(request.path_parameters.at(0));
  SecondPerson second;
  CO_TRY(auto by, second.by(request.query, caller));
  auto done = co_await parts.credentials.revoke(id, std::move(by));
  if (second.is_needed(done)) co_return co_await second.ask(parts);
  CO_TRY(const auto credential, std::move(done));
  Response response;
  json::Writer w(response.body.emplace<std::string>());
  write_credential(w, credential, parts.clock.wall_ms());
  co_return response;
}

}  // namespace

void add_admin_credential_routes(http::Router& router, const AdminParts& parts) {
  auto& level = parts.levels.admin;
  constexpr std::string_view kCredentials = "/v1/admin/credentials";
  add_admin_route(router, level, http::Method::post, kCredentials, "createAdminCredential",
                  parts.max_body_bytes, [parts](Request& request, const AdminCaller& caller) {
                    return create(parts, request, caller);
                  });
  add_admin_route(router, level, http::Method::get, kCredentials, "listAdminCredentials", 0,
                  [parts](Request& request, const AdminCaller&) { return list(parts, request); });
  add_admin_route(router, level, http::Method::delete_, "/v1/admin/credentials/{credential}",
                  "revokeAdminCredential", 0, [parts](Request& request, const AdminCaller& caller) {
                    return revoke(parts, request, caller);
                  });
}

}  // namespace b3iq::control
