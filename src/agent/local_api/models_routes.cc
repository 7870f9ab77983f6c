#include "agent/local_api/models_routes.h"

#include <algorithm>

#include "agent/local_api/error_answers.h"
#include "json/json.h"

namespace b3iq::agent {

using base::Result;
using base::Task;

bool may_use_model(const Principal& principal, std::string_view requested,
                   std::string_view resolved) {
  if (principal.is_operator()) return true;
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
               http::Response response;
               auto& body = response.body.emplace<std::string>();
               json::Writer w(body);
               w.begin_object();
               w.member("object", "list");
               w.key("data");
               w.begin_array();
               for (const auto& entry : self.models.list()) {
                 const auto& resolved = entry.alias_of.empty() ? entry.id : entry.alias_of;
                 if (!may_use_model(principal, entry.id, resolved)) continue;
                 w.begin_object();
                 w.member("id", entry.id);
                 w.member("object", "model");
                 w.member("created", entry.created);
                 w.member("owned_by", "b3iq");
                 w.end_object();
               }
               w.end_array();
               w.end_object();
               co_return response;
             });
}

}  // namespace b3iq::agent
