#include "agent/local_api/model_profiles_routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "agent/models/model_profile.h"
#include "runtimes/embedded/model_host.h"

namespace b3iq::agent {

using base::Result;
using base::Task;

namespace {

constexpr std::size_t kMaxBody = 4 * 1024;

// What the network would have to say stands at its closed value: no tier was given, nothing was
// proved to anybody.
void write_profile(json::Writer& w, const ModelProfile& profile, const ModelPosture& posture) {
  w.begin_object();
  w.member("id", profile.id);
  w.member("object", "model_profile");
  w.member("status", profile_status_name(profile.status));
  w.member("runtime_kind", profile.runtime_kind);
  w.member("route_tier", "unknown");
  w.member("network_eligible", posture.network_eligible);
  w.member("benchmark_verified", false);
  w.member("paid_route_eligible", posture.paid_route_eligible);
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
  w.key("blockers");
  w.begin_array();
  for (const auto& blocker : blockers_of(profile, posture)) {
    w.begin_object();
    w.member("gate", blocker.gate);
    w.member("detail", blocker.detail);
    w.end_object();
  }
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

Result<bool> read_flag(json::Value body, std::string_view name) {
  const auto flag = body.find(name).boolean();
  if (flag) return *flag;
  return base::Error(base::ErrorCode::invalid_request,
                     fmt::format("'{}' must be true or false.", name), std::string(name));
}

Task<Result<http::Response>> set_posture(const ModelProfilesRoutes& self, std::string_view text,
                                         std::string actor) {
  CO_TRY(const auto document, json::Document::parse(text));
  const auto body = document.root();
  ModelPosture posture;
  CO_TRY(posture.network_eligible, read_flag(body, "network_eligible"));
  CO_TRY(posture.paid_route_eligible, read_flag(body, "paid_route_eligible"));
  const std::string model(body.find("model").string().value_or(""));
  const auto all = profiles(self);
  const auto profile = std::ranges::find(all, model, &ModelProfile::id);
  if (profile == all.end()) {
    co_return base::Error(base::ErrorCode::model_not_found,
                          "The node has no such model, nor has its catalogue. Name one as GET "
                          "/v1/model-profiles does.",
                          "model");
  }
  CO_TRY_OK(co_await self.postures.set(model, posture, std::move(actor)));
  self.posture_changed();
  http::Response response;
  json::Writer w(response.body.emplace<std::string>());
  write_profile(w, *profile, posture);
  co_return response;
}

}  // namespace

void ModelProfilesRoutes::add_to(http::Router& router) {
  const auto self = *this;
  router.add(
      http::Method::get, "/v1/model-profiles", "listModelProfiles", levels.viewer, native_error, 0,
      [self](http::Request&, const Principal&) -> Task<Result<http::Response>> {
        self.models.refresh_if_stale();
        co_return list_answer(profiles(self), [&](json::Writer& w, const ModelProfile& profile) {
          write_profile(w, profile, self.postures.of(profile.id));
        });
      });
  router.add(http::Method::post, "/setup/v1/model-posture", "setModelPosture", levels.operator_,
             native_error, kMaxBody, [self](http::Request& request, const Principal& caller) {
               return set_posture(self, request.body, std::string(caller.account()));
             });
}

}  // namespace b3iq::agent
