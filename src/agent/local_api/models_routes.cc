#include "agent/local_api/models_routes.h"

#include <algorithm>

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"

namespace b3iq::agent {

using base::Result;
using base::Task;

namespace {

void write_model(json::Writer& w, const ModelEntry& entry) {
  w.begin_object();
  w.member("id", entry.id);
  w.member("object", "model");
  w.member("created", entry.created);
  w.member("owned_by", "b3iq");
  w.end_object();
}

}  // namespace

bool may_use_model(const Principal& principal, std::string_view requested,
                   std::string_view resolved) {
  if (principal.is_owner()) return true;
  const auto& allowed = principal.key->key.spec.models;
  return allowed.empty() ||
         std::any_of(allowed.begin(), allowed.end(), [&](const std::string& name) {
           return name == requested || name == resolved;
         });
}

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
}

}  // namespace b3iq::agent
