#include "agent/setup/setup_routes.h"

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "agent/setup/setup_types.h"
#include "base/clock.h"

namespace b3iq::agent {

using base::Result;
using base::Task;
using http::Response;

namespace {

constexpr std::size_t kMaxKeyBody = 64 * 1024;

void write_runtime(json::Writer& w, const SetupRoutes& self, const inference::Runtime& runtime) {
  const auto health = runtime.health();
  w.begin_object();
  w.member("id", runtime.id());
  w.member("reference", self.references.of(runtime.id()));
  w.member("kind", runtime.kind());
  w.member("state", inference::runtime_state_name(health.state));
  w.member("detail", health.detail);
  if (health.state == inference::RuntimeState::loading)
    w.member("load_progress", health.load_progress);
  // Calls are kept away from a runtime that looks well and whose calls fail.
  const auto* lane = self.dispatcher.lane(runtime);
  const bool left_out = lane != nullptr && lane->breaker.open();
  w.member("breaker", left_out ? "open" : "closed");
  if (left_out) w.member("retry_ms", lane->breaker.wait_ms());
  w.end_object();
}

// While no node serves there are no runtimes, only what config.json says of them.
void write_stopped(json::Writer& w, const SetupRoutes& self) {
  const auto write = [&](std::string_view id, std::string_view kind) {
    w.begin_object();
    w.member("id", id);
    w.member("reference", self.references.of(id));
    w.member("kind", kind);
    w.member("state", "not_running");
    w.member("detail", "");
    w.end_object();
  };
  for (const auto& runtime : self.settings.runtimes)
    write(runtime.id, runtime_kind_name(runtime.kind));
  write(kInstalledRuntime, runtime_kind_name(RuntimeKind::embedded));
}

Response status(const SetupRoutes& self) {
  return object_answer([&](json::Writer& w) {
    w.member("status", self.facts.listen_url.empty() ? "stopped" : "serving");
    w.member("version", self.facts.version);
    w.member("node_id", self.facts.node_id);
    w.member("public_key_ed25519", self.facts.public_key_ed25519);
    w.member("home", self.facts.home);
    w.member("url", self.facts.listen_url);
    w.member("mode", self.managed.enrolled() ? "managed" : "local");
    if (!self.facts.listen_url.empty())
      w.member("started_at", base::format_rfc3339(self.facts.started_at_ms));
    w.key("runtimes");
    w.begin_array();
    if (self.facts.listen_url.empty()) {
      write_stopped(w, self);
    } else {
      for (const auto* runtime : self.models.runtimes()) write_runtime(w, self, *runtime);
    }
    w.end_array();
    w.key("models");
    w.begin_array();
    for (const auto& entry : self.models.list()) {
      w.begin_object();
      w.member("id", entry.id);
      w.member("alias_of", entry.alias_of);
      w.member("runtime_kind", entry.runtime_kind);
      w.end_object();
    }
    w.end_array();
    w.member("receipts_since_start", self.receipts.appended());
    w.key("request_content_until");
    if (const auto until = self.requests.content_until_ms()) {
      w.value(base::format_rfc3339(*until));
    } else {
      w.null();
    }
  });
}

Response key_list(const SetupRoutes& self) {
  return list_answer(self.keys.list(), [&](json::Writer& w, const LocalKey& key) {
    w.begin_object();
    write_key(w, key, self.clock.wall_ms());
    w.end_object();
  });
}

Task<Result<Response>> create_key(const SetupRoutes& self, const http::Request& request,
                                  std::string actor) {
  CO_TRY(const auto document, json::Document::parse(request.body));
  CO_TRY(auto spec, decode_key_spec(document.root(), self.clock.wall_ms()));
  auto created = co_await self.keys.create(std::move(spec), std::move(actor));
  if (!created.ok()) co_return std::move(created).error();
  auto response = object_answer([&](json::Writer& w) {
    w.member("secret", created->secret.reveal_text());
    write_key(w, created->key, self.clock.wall_ms());
  });
  response.status = 201;
  response.headers.push_back({"Cache-Control", "no-store"});
  co_return response;
}

Task<Result<Response>> revoke_key(const SetupRoutes& self, const http::Request& request,
                                  std::string actor) {
  auto revoked =
      co_await self.keys.revoke(std::string(request.path_parameters.at(0)), std::move(actor));
  if (!revoked.ok()) co_return std::move(revoked).error();
  co_return object_answer(
      [&](json::Writer& w) { write_key(w, revoked.value(), self.clock.wall_ms()); });
}

}  // namespace

void SetupRoutes::add_to(http::Router& router) {
  const auto self = *this;
  router.add(http::Method::get, "/setup/v1/status", "getStatus", levels.viewer, native_error, 0,
             [self](http::Request&, const Principal&) -> Task<Result<Response>> {
               co_return status(self);
             });
  router.add(http::Method::get, "/setup/v1/keys", "listKeys", levels.viewer, native_error, 0,
             [self](http::Request&, const Principal&) -> Task<Result<Response>> {
               co_return key_list(self);
             });
  router.add(http::Method::post, "/setup/v1/keys", "createKey", levels.operator_, native_error,
             kMaxKeyBody, [self](http::Request& request, const Principal& caller) {
               return create_key(self, request, std::string(caller.account()));
             });
  router.add(http::Method::delete_, "/setup/v1/keys/{key}", "revokeKey", levels.operator_,
             native_error, 0, [self](http::Request& request, const Principal& caller) {
               return revoke_key(self, request, std::string(caller.account()));
             });
}

}  // namespace b3iq::agent
