#include "agent/local_api/models_routes.h"

#include <algorithm>

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "agent/local_api/model_access.h"

namespace b3iq::agent {

using base::Result;
using base::Task;

namespace {

void write_members(json::Writer& w, std::string_view id, std::int64_t created) {
  w.member("id", id);
  w.member("object", "model");
  w.member("created", created);
  w.member("owned_by", "b3iq");
}

void write_model(json::Writer& w, const ModelEntry& entry) {
  w.begin_object();
  write_members(w, entry.id, entry.created);
  w.end_object();
}

// A model that the key may not use is refused as a chat with it is.
Task<Result<http::Response>> find_model(ModelRegistry& models, std::string name,
                                        const Principal& principal) {
  CO_TRY(const auto route, co_await resolve_for(models, principal, name));
  const auto& first = route->targets.front();
  const bool allowed = std::ranges::any_of(route->targets, [&](const ModelTarget& target) {
    return may_use_model(principal, name, target.id);
  });
  if (!allowed) co_return model_not_allowed(name);
  co_return object_answer([&](json::Writer& w) { write_members(w, name, first.created); });
}

}  // namespace

void ModelsRoutes::add_to(http::Router& router) {
  const auto self = *this;
  router.add(http::Method::get, "/v1/models", "listModels", level, openai_error, 0,
             [self](http::Request&, const Principal& principal) -> Task<Result<http::Response>> {
               self.models.refresh_if_stale();
               co_return list_answer(
                   self.models.list(), [&](json::Writer& w, const ModelEntry& entry) {
                     const auto& resolved = entry.alias_of.empty() ? entry.id : entry.alias_of;
                     if (may_use_model(principal, entry.id, resolved)) write_model(w, entry);
                   });
             });
  router.add(http::Method::get, "/v1/models/{model*}", "retrieveModel", level, openai_error, 0,
             [self](http::Request& request, const Principal& principal) {
               return find_model(self.models, std::string(request.path_parameters.at(0)),
                                 principal);
             });
}

}  // namespace b3iq::agent
