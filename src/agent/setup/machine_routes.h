// The machine and what runs on it, for the owner.
//   GET  /setup/v1/inventory        what the machine has
//   POST /setup/v1/runtimes/probe   what else runs on this machine
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/inventory/inventory_service.h"
#include "http/router.h"

namespace b3iq::agent {

struct MachineRoutes {
  UserLevels& levels;
  inventory::InventoryService& inventory;
  http::EventLoop& loop;
  const std::uint16_t& own_port;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent
