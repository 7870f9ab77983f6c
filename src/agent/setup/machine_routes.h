// The machine and the runtimes, for the owner.
//   GET  /setup/v1/inventory        what the machine has
//   GET  /setup/v1/runtimes         the configured runtimes: state, version, load, queue, breaker
//   POST /setup/v1/runtimes/probe   what else runs on this machine
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/inventory/inventory_service.h"
#include "agent/models/model_registry.h"
#include "agent/models/runtime_references.h"
#include "agent/routing/dispatcher.h"
#include "http/router.h"

namespace b3iq::agent {

struct MachineRoutes {
  UserLevels& levels;
  inventory::InventoryService& inventory;
  const ModelRegistry& models;
  RuntimeReferences& references;
  const Dispatcher& dispatcher;
  http::EventLoop& loop;
  const std::uint16_t& own_port;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent
