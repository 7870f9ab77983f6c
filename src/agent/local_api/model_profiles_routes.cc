#include "agent/local_api/model_profiles_routes.h"

#include <algorithm>

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "agent/models/model_profile.h"
#include "runtimes/embedded/model_host.h"

namespace b3iq::agent {

using base::Result;
using base::Task;

namespace {

// What decides over network and paid work stands at its closed value until the node has the
// evidence: no tier was given, nothing was benchmarked.
void write_profile(json::Writer& w, const ModelProfile& profile) {
  w.begin_object();
  w.member("id", profile.id);
  w.member("object", "model_profile");
  w.member("status", profile_status_name(profile.status));
  w.member("runtime_kind", profile.runtime_kind);
  w.member("route_tier", "unknown");
  w.member("network_eligible", false);
  w.member("benchmark_verified", false);
  w.member("paid_route_eligible", false);
  w.member("queue_health", queue_health_name(profile.queue_health));
  w.key("context_tokens");
  if (profile.capabilities.context_tokens > 0) {
    w.value(profile.capabilities.context_tokens);
  } else {
    w.null();
  }
  w.key("serves");
  w.begin_array();
  if (profile.capabilities.chat) w.value("chat");
  if (profile.capabilities.embeddings) w.value("embeddings");
  w.end_array();
  w.end_object();
}

// What the node answers with, then what it could install.
std::vector<ModelProfile> profiles(const ModelProfilesRoutes& self) {
  std::vector<ModelProfile> all;
  for (const auto& route : self.models.routes()) all.push_back(profile_of(*route, self.dispatcher));
  const auto machine_bytes = runtimes::machine_memory().total_bytes;
  for (const auto& model : self.catalogue.models) {
    const bool offered = std::ranges::find(all, model.id, &ModelProfile::id) != all.end();
    if (!offered) all.push_back(profile_of(model, machine_bytes));
  }
  return all;
}

}  // namespace

void ModelProfilesRoutes::add_to(http::Router& router) {
  const auto self = *this;
  router.add(http::Method::get, "/v1/model-profiles", "listModelProfiles", levels.viewer, native_error, 0,
             [self](http::Request&, const Principal&) -> Task<Result<http::Response>> {
               self.models.refresh_if_stale();
               co_return list_answer(profiles(self), write_profile);
             });
}

}  // namespace b3iq::agent
