// GET / (public: what this is), GET /health (public) and GET /metrics (scope metrics).
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/models/model_registry.h"
#include "base/metrics.h"
#include "http/router.h"

namespace b3iq::agent {

struct HealthRoutes {
  http::Public& public_level;
  LocalKeyLevel<Scope::metrics>& metrics_level;
  const ModelRegistry& models;
  const base::Metrics& metrics;
  std::string_view version;
  std::string_view node_id;
  const bool& draining;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent
