#include "agent/setup/machine_routes.h"

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "base/join.h"
#include "runtimes/probe/runtime_probe.h"

namespace b3iq::agent {

using base::Result;
using base::Task;
using http::Response;

namespace {

// Clients send `{}` with a POST that takes nothing.
constexpr std::size_t kMaxIgnoredBody = 1024;

Task<Result<Response>> tell_inventory(inventory::InventoryService& service) {
  CO_TRY(const auto snapshot, co_await service.snapshot());
  Response response;
  json::Writer w(response.body.emplace<std::string>());
  inventory::write_snapshot(w, *snapshot, service.age_ms(*snapshot));
  co_return response;
}

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
  inference::RuntimeFacts facts;
};

// A runtime that does not answer has no version and no load; its state says the rest.
Task<void> ask_facts(RuntimeRow& row) {
  auto facts = co_await row.runtime->facts();
  if (facts.ok()) row.facts = std::move(facts).value();
}

void write_runtime(json::Writer& w, const MachineRoutes& self, const RuntimeRow& row) {
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
  w.end_object();
}

Task<Result<Response>> list_runtimes(const MachineRoutes& self) {
  std::vector<RuntimeRow> rows;
  // While no node serves, nothing runs: the host of the installed models only stands there.
  if (self.own_port == 0) co_return list_answer(rows, [](json::Writer&, const RuntimeRow&) {});
  for (auto* runtime : self.models.runtimes()) rows.push_back({runtime, {}});
  std::vector<Task<void>> questions;
  questions.reserve(rows.size());
  for (auto& row : rows) questions.push_back(ask_facts(row));
  co_await base::join_all(std::move(questions));
  co_return list_answer(
      rows, [&](json::Writer& w, const RuntimeRow& row) { write_runtime(w, self, row); });
}

Task<Result<Response>> probe(const MachineRoutes& self) {
  const runtimes::ProbeLimits limits{.own_port = self.own_port};
  const auto found =
      co_await runtimes::probe_runtimes(self.loop, runtimes::well_known_candidates(), limits);
  co_return list_answer(found, [](json::Writer& w, const runtimes::FoundRuntime& runtime) {
    w.begin_object();
    w.member("kind", runtimes::probed_kind(runtime.server));
    write_text(w, "profile", runtimes::probed_profile(runtime.server));
    w.member("base_url", runtime.base_url);
    write_text(w, "version", runtime.version);
    w.key("models");
    w.begin_array();
    for (const auto& model : runtime.models) w.value(std::string_view(model));
    w.end_array();
    w.end_object();
  });
}

}  // namespace

void MachineRoutes::add_to(http::Router& router) {
  const auto self = *this;
  router.add(http::Method::get, "/setup/v1/inventory", "getInventory", levels.viewer, native_error,
             0,
             [self](http::Request&, const Principal&) { return tell_inventory(self.inventory); });
  router.add(http::Method::get, "/setup/v1/runtimes", "listRuntimes", levels.viewer, native_error,
             0, [self](http::Request&, const Principal&) { return list_runtimes(self); });
  router.add(http::Method::post, "/setup/v1/runtimes/probe", "probeRuntimes", levels.operator_,
             native_error, kMaxIgnoredBody,
             [self](http::Request&, const Principal&) { return probe(self); });
}

}  // namespace b3iq::agent
