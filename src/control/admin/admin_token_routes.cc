// /v1/admin/enrollment-tokens.
#include "control/admin/admin_body.h"
#include "control/admin/admin_page.h"
#include "control/admin/admin_routes.h"
#include "control/admin/admin_second_person.h"
#include "http/json_response.h"

namespace b3iq::control {

using base::Result;
using base::Task;
using http::Request;
using http::Response;

namespace {

void write_token(json::Writer& w, const EnrollmentToken& token, std::int64_t now_ms) {
  w.begin_object();
  w.member("id", token.id);
  w.member("status", wire_name(status_of(token, now_ms)));
  w.member("note", token.note);
  write_texts(w, "tags", token.tags);
  w.member("created_by", token.created_by);
  write_time(w, "created_at", token.created_at_ms);
  write_time(w, "expires_at", token.expires_at_ms);
  write_time(w, "revoked_at", token.revoked_at_ms.value_or(0));
  write_time(w, "used_at", token.used_at_ms.value_or(0));
  write_text(w, "used_by", token.used_by);
  w.end_object();
}

Task<Result<Response>> create(const AdminParts& parts, const Request& request,
                              const AdminCaller& caller) {
  const auto now = parts.clock.wall_ms();
  CO_TRY(const auto body,
         AdminBody::parse(request.body, {"note", "tags", "expires", kApprovalMember}));
  TokenSpec spec;
  CO_TRY(spec.note, body.text("note", ""));
  CO_TRY(spec.tags, body.texts("tags"));
  CO_TRY(spec.life_ms, life_of(body, kDefaultTokenLifeMs, now));
  SecondPerson second;
  CO_TRY(auto by, second.by(body, caller));
  auto done = co_await parts.tokens.create(std::move(spec), std::move(by));
  if (second.is_needed(done)) co_return co_await second.ask(parts);
  CO_TRY(const auto created, std::move(done));
  co_return http::object_answer([&](json::Writer& w) {
    w.key("token");
    write_token(w, created.token, now);
    w.member("secret", created.secret.reveal_text());
    write_text(w, "control_plane_url", parts.facts.public_url);
  });
}

Task<Result<Response>> list(const AdminParts& parts, const Request& request) {
  CO_TRY(const auto page, read_page(request.query, kMaxTokensPerPage, {}));
  TokenQuery query{page.before, page.limit};
  CO_TRY(const auto tokens, co_await parts.tokens.list(std::move(query)));
  const auto now = parts.clock.wall_ms();
  co_return http::list_answer(
      tokens, [&](json::Writer& w, const auto& token) { write_token(w, token, now); },
      [&](json::Writer& w) {
        write_next(w, "next_before", tokens.empty() ? "" : tokens.back().id,
                   std::ssize(tokens) == page.limit);
      });
}

Task<Result<Response>> revoke(const AdminParts& parts, const Request& request,
                              const AdminCaller& caller) {
  const std::string id(request.path_parameters.at(0));
  CO_TRY(const auto token, co_await parts.tokens.revoke(id, caller.actor));
  Response response;
  json::Writer w(response.body.emplace<std::string>());
  write_token(w, token, parts.clock.wall_ms());
  co_return response;
}

}  // namespace

void add_admin_token_routes(http::Router& router, const AdminParts& parts) {
  constexpr std::string_view kTokens = "/v1/admin/enrollment-tokens";
  add_admin_route(router, parts.levels.operator_, http::Method::post, kTokens,
                  "createEnrollmentToken", parts.max_body_bytes,
                  [parts](Request& request, const AdminCaller& caller) {
                    return create(parts, request, caller);
                  });
  add_admin_route(router, parts.levels.viewer, http::Method::get, kTokens, "listEnrollmentTokens",
                  0,
                  [parts](Request& request, const AdminCaller&) { return list(parts, request); });
  add_admin_route(router, parts.levels.operator_, http::Method::delete_,
                  "/v1/admin/enrollment-tokens/{token}", "revokeEnrollmentToken", 0,
                  [parts](Request& request, const AdminCaller& caller) {
                    return revoke(parts, request, caller);
                  });
}

}  // namespace b3iq::control
