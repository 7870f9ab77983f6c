#include "agent/setup/machine_routes.h"

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
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

void write_text(json::Writer& w, std::string_view name, std::string_view text) {
  w.key(name);
  if (text.empty()) {
    w.null();
  } else {
    w.value(text);
  }
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
  router.add(http::Method::post, "/setup/v1/runtimes/probe", "probeRuntimes", levels.operator_,
             native_error, kMaxIgnoredBody,
             [self](http::Request&, const Principal&) { return probe(self); });
}

}  // namespace b3iq::agent
