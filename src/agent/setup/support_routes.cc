#include "agent/setup/support_routes.h"

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "agent/setup/body_texts.h"
#include "agent/setup/setup_types.h"
#include "base/clock.h"

namespace b3iq::agent {

using base::Result;
using base::Task;
using http::Response;

namespace {

constexpr std::size_t kMaxBody = 4 * 1024;

void write_grant(json::Writer& w, const SupportGrantService& grants, const SupportGrant& grant) {
  w.member("id", grant.id);
  w.member("note", grant.note);
  w.member("status", grants.status(grant));
  w.member("created_at", base::format_rfc3339(grant.created_at_ms));
  w.member("expires_at", base::format_rfc3339(grant.expires_at_ms));
  w.key("revoked_at");
  if (grant.revoked_at_ms) {
    w.value(base::format_rfc3339(*grant.revoked_at_ms));
  } else {
    w.null();
  }
}

Response grant_list(const SupportRoutes& self) {
  return list_answer(self.grants.list(), [&](json::Writer& w, const SupportGrant& grant) {
    w.begin_object();
    write_grant(w, self.grants, grant);
    w.end_object();
  });
}

Task<Result<Response>> create_grant(const SupportRoutes& self, const http::Request& request,
                                    std::string actor) {
  std::string note;
  std::string expires;
  CO_TRY_OK(read_body_texts(request.body, {{"note", note, false}, {"expires", expires, false}}));
  std::int64_t life_ms = kDefaultGrantLifeMs;
  if (!expires.empty()) {
    const auto now = self.clock.wall_ms();
    CO_TRY(const auto at, parse_expiry(expires, now));
    life_ms = at - now;
  }
  CO_TRY(const auto created,
         co_await self.grants.create(std::move(note), life_ms, std::move(actor)));
  auto response = object_answer([&](json::Writer& w) {
    w.member("secret", created.secret.reveal_text());
    write_grant(w, self.grants, created.grant);
  });
  response.status = 201;
  response.headers.push_back({"Cache-Control", "no-store"});
  co_return response;
}

Task<Result<Response>> revoke_grant(const SupportRoutes& self, const http::Request& request,
                                    std::string actor) {
  CO_TRY(const auto grant,
         co_await self.grants.revoke(std::string(request.path_parameters.at(0)), std::move(actor)));
  co_return object_answer([&](json::Writer& w) { write_grant(w, self.grants, grant); });
}

// What somebody who helps may see. Listed member by member: no content, no name that the owner
// chose, no path, no address, no id of a key, no text of an error.
Response diagnostics(const SupportRoutes& self) {
  const auto now = self.clock.wall_ms();
  std::int64_t active = 0;
  const auto keys = self.keys.list();
  for (const auto& key : keys) active += key_status(key, now) == "active" ? 1 : 0;
  return object_answer([&](json::Writer& w) {
    w.member("type", "b3iq-diagnostics-v1");
    w.member("at", base::format_rfc3339(now));
    w.member("version", self.facts.version);
    w.member("node_id", self.facts.node_id);
    w.member("uptime_seconds", (now - self.facts.started_at_ms) / 1000);
    w.member("claimed", self.accounts.claimed());
    w.key("runtimes");
    w.begin_array();
    for (const auto* runtime : self.models.runtimes()) {
      w.begin_object();
      w.member("kind", runtime->kind());
      w.member("state", inference::runtime_state_name(runtime->health().state));
      w.end_object();
    }
    w.end_array();
    w.member("models", static_cast<std::int64_t>(self.models.list().size()));
    w.member("keys", static_cast<std::int64_t>(keys.size()));
    w.member("active_keys", active);
    w.member("receipts_since_start", self.receipts.appended());
  });
}

}  // namespace

void SupportRoutes::add_to(http::Router& router) {
  using http::Method;
  const auto self = *this;
  router.add(Method::get, "/setup/v1/support-grants", "listSupportGrants", levels.owner,
             native_error, 0, [self](http::Request&, const Principal&) -> Task<Result<Response>> {
               co_return grant_list(self);
             });
  router.add(Method::post, "/setup/v1/support-grants", "createSupportGrant", levels.owner,
             native_error, kMaxBody, [self](http::Request& request, const Principal& caller) {
               return create_grant(self, request, std::string(caller.account()));
             });
  router.add(Method::delete_, "/setup/v1/support-grants/{grant}", "revokeSupportGrant",
             levels.owner, native_error, 0,
             [self](http::Request& request, const Principal& caller) {
               return revoke_grant(self, request, std::string(caller.account()));
             });
  router.add(Method::get, "/setup/v1/diagnostics", "getDiagnostics", diagnostics_level,
             native_error, 0, [self](http::Request&, const Principal&) -> Task<Result<Response>> {
               co_return diagnostics(self);
             });
}

}  // namespace b3iq::agent
