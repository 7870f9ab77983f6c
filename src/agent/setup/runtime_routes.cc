#include "agent/setup/runtime_routes.h"

#include <fmt/format.h>

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "base/join.h"

namespace b3iq::agent {

using base::Result;
using base::Task;
using http::Response;

namespace {

constexpr std::size_t kMaxBody = 16 * 1024;

void write_count(json::Writer& w, std::string_view name, const std::optional<std::int64_t>& count) {
  w.key(name);
  if (count) {
    w.value(*count);
  } else {
    w.null();
  }
}

void write_text(json::Writer& w, std::string_view name, std::string_view text) {
  w.key(name);
  if (text.empty()) {
    w.null();
  } else {
    w.value(text);
  }
}

struct RuntimeRow {
  inference::Runtime* runtime;
  RuntimeUse use;
  inference::RuntimeFacts facts;
};

// A runtime that does not answer has no version and no load; its state says the rest.
Task<void> ask_facts(RuntimeRow& row) {
  auto facts = co_await row.runtime->facts();
  if (facts.ok()) row.facts = std::move(facts).value();
}

void write_runtime(json::Writer& w, const RuntimeRoutes& self, const RuntimeRow& row) {
  const auto& runtime = *row.runtime;
  const auto& facts = row.facts;
  const auto health = runtime.health();
  w.begin_object();
  w.member("id", runtime.id());
  w.member("reference", self.references.of(runtime.id()));
  w.member("kind", runtime.kind());
  w.member("state", inference::runtime_state_name(health.state));
  w.member("detail", health.detail);
  write_text(w, "version", facts.version);
  write_count(w, "running", facts.load.running);
  write_count(w, "waiting", facts.load.waiting);
  const auto* lane = self.dispatcher.lane(runtime);
  w.member("calls_running", lane ? lane->queue.running() : 0);
  w.member("calls_waiting", lane ? lane->queue.waiting() : 0);
  w.member("oldest_wait_ms", lane ? lane->queue.oldest_wait_ms() : 0);
  w.member("breaker", lane && lane->breaker.open() ? "open" : "closed");
  w.key("models");
  w.begin_array();
  for (const auto& model : self.models.models_of(runtime)) w.value(std::string_view(model.name));
  w.end_array();
  const auto* configured = self.runtimes.settings_of(runtime.id());
  const bool in_config = configured != nullptr && !configured->built_in;
  w.member("source", in_config ? "config" : "built_in");
  write_text(w, "base_url", in_config ? std::string_view(configured->base_url) : "");
  w.member("removable", in_config && RuntimeService::removable(*configured));
  w.end_object();
}

Task<Result<Response>> list_runtimes(const RuntimeRoutes& self) {
  std::vector<RuntimeRow> rows;
  // While no node serves, nothing runs: the host of the installed models only stands there.
  if (!self.runtimes.serves()) co_return list_answer(rows, [](json::Writer&, const RuntimeRow&) {});
  self.runtimes.sweep();
  for (auto* runtime : self.models.runtimes())
    rows.push_back({runtime, self.models.use(*runtime), {}});
  std::vector<Task<void>> questions;
  questions.reserve(rows.size());
  for (auto& row : rows) questions.push_back(ask_facts(row));
  co_await base::join_all(std::move(questions));
  co_return list_answer(
      rows, [&](json::Writer& w, const RuntimeRow& row) { write_runtime(w, self, row); });
}

// What is known of a runtime that nothing runs.
void write_stopped(json::Writer& w, const RuntimeRoutes& self, const RuntimeSettings& settings) {
  w.begin_object();
  w.member("id", settings.id);
  w.member("reference", self.references.of(settings.id));
  w.member("kind", runtime_kind_name(settings.kind));
  w.member("state", "unreachable");
  w.member("detail", "No node serves this home.");
  for (const auto* name : {"version", "running", "waiting"}) {
    w.key(name);
    w.null();
  }
  for (const auto* name : {"calls_running", "calls_waiting", "oldest_wait_ms"}) w.member(name, 0);
  w.member("breaker", "closed");
  w.key("models");
  w.begin_array();
  w.end_array();
  w.member("source", "config");
  write_text(w, "base_url", settings.base_url);
  w.member("removable", RuntimeService::removable(settings));
  w.end_object();
}

// The answer tells what the server is: it is asked before, which it is given seconds for.
Task<Result<Response>> add(const RuntimeRoutes& self, const http::Request& request,
                           std::string actor) {
  CO_TRY(auto asked, decode_new_runtime(request.body));
  const auto id = asked.settings.id;
  CO_TRY(auto* const runtime, co_await self.runtimes.add(std::move(asked), std::move(actor)));
  // Held from here on: it may be removed while this waits.
  RuntimeRow row{runtime, runtime ? self.models.use(*runtime) : RuntimeUse(), {}};
  CO_TRY_OK(co_await self.audit.noted());
  Response response;
  response.status = 201;
  json::Writer w(response.body.emplace<std::string>());
  if (runtime == nullptr) {
    write_stopped(w, self, *self.runtimes.settings_of(id));
    co_return response;
  }
  co_await self.models.learn(*runtime);
  if (runtime->health().state != inference::RuntimeState::unreachable) co_await ask_facts(row);
  write_runtime(w, self, row);
  co_return response;
}

Task<Result<Response>> remove(const RuntimeRoutes& self, std::string id, std::string actor) {
  CO_TRY_OK(co_await self.runtimes.remove(id, std::move(actor)));
  CO_TRY_OK(co_await self.audit.noted());
  co_return object_answer([&](json::Writer& w) {
    w.member("id", id);
    w.member("removed", true);
  });
}

Task<Result<Response>> test(const RuntimeRoutes& self, const http::Request& request) {
  CO_TRY(auto asked, decode_runtime_test(request.body));
  CO_TRY(const auto result, co_await self.trials.run(std::move(asked), self.own_port));
  co_return object_answer([&](json::Writer& w) {
    w.member("object", "runtime_test");
    w.member("reachable", result.reachable);
    write_text(w, "version", result.version);
    w.key("models");
    w.begin_array();
    for (const auto& model : result.models) w.value(std::string_view(model));
    w.end_array();
    w.key("error");
    if (!result.error) {
      w.null();
      return;
    }
    w.begin_object();
    w.member("code", base::error_info(result.error->code).wire_name);
    w.member("detail", result.error->detail);
    w.end_object();
  });
}

}  // namespace

void RuntimeRoutes::add_to(http::Router& router) {
  using http::Method;
  const auto self = *this;
  router.add(Method::get, "/setup/v1/runtimes", "listRuntimes", levels.viewer, native_error, 0,
             [self](http::Request&, const Principal&) { return list_runtimes(self); });
  router.add(Method::post, "/setup/v1/runtimes", "addRuntime", levels.operator_, native_error,
             kMaxBody, [self](http::Request& request, const Principal& caller) {
               return add(self, request, std::string(caller.account()));
             });
  router.add(Method::post, "/setup/v1/runtimes/test", "testRuntime", levels.operator_, native_error,
             kMaxBody,
             [self](http::Request& request, const Principal&) { return test(self, request); });
  router.add(Method::delete_, "/setup/v1/runtimes/{runtime}", "removeRuntime", levels.operator_,
             native_error, 0, [self](http::Request& request, const Principal& caller) {
               return remove(self, std::string(request.path_parameters.at(0)),
                             std::string(caller.account()));
             });
}

}  // namespace b3iq::agent
