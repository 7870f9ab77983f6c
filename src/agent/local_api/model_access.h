// What a key may use and know of the node's models. A key with a model list learns nothing of the
// others, not even that they are there.
#pragma once

#include <string>
#include <string_view>

#include "agent/auth/local_auth.h"
#include "agent/models/model_registry.h"

namespace b3iq::agent {

// True when the principal's key names no models or names this one (by its own name or by the alias
// that was asked for; a name without a tag and with ":latest" are one). A private job may use what
// the owner allows for the network and for paid calls, for it is both.
bool may_use_model(const Principal& principal, std::string_view requested,
                   std::string_view resolved);

// The refusal: model_not_allowed.
base::Error model_not_allowed(std::string_view requested);

// ModelRegistry::resolve for this caller. Errors: as there; to a key with a model list,
// model_not_allowed for every name outside of it, there or not, and no other model is named.
base::Task<base::Result<ModelRoutePointer>> resolve_for(ModelRegistry& models,
                                                        const Principal& principal,
                                                        std::string requested);

}  // namespace b3iq::agent
