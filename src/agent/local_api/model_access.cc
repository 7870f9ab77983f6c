#include "agent/local_api/model_access.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/local_api/private_job_terms.h"
#include "agent/models/model_posture.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

bool may_use_model(const Principal& principal, std::string_view requested,
                   std::string_view resolved) {
  if (principal.job != nullptr) {
    const auto posture = principal.job->postures->of(resolved);
    return posture.network_eligible && posture.paid_route_eligible;
  }
  if (principal.is_user()) return true;
  const auto& allowed = principal.key->key.spec.models;
  return allowed.empty() || std::ranges::any_of(allowed, [&](const std::string& name) {
           return same_model(name, requested) || same_model(name, resolved);
         });
}

Error model_not_allowed(std::string_view requested) {
  return Error(
      ErrorCode::model_not_allowed,
      fmt::format("This key may not use the model '{}'. GET /v1/models lists those it may.",
                  requested),
      "model");
}

Task<Result<ModelRoutePointer>> resolve_for(ModelRegistry& models, const Principal& principal,
                                            std::string requested) {
  auto route = co_await models.resolve(requested);
  const bool sees_all = principal.is_user() || principal.key->key.spec.models.empty();
  if (route.ok() || sees_all) co_return route;
  if (!may_use_model(principal, requested, requested)) co_return model_not_allowed(requested);
  if (route.error().code != ErrorCode::model_not_found) co_return route;
  co_return Error(ErrorCode::model_not_found,
                  fmt::format("No runtime of this node offers '{}' now. Ask the owner.", requested),
                  "model");
}

}  // namespace b3iq::agent
