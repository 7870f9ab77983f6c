// POST /v1/nodes/{node_id}/heartbeats, PUT …/inventory and POST …/unenroll.
#pragma once

#include "base/clock.h"
#include "control/auth/signed_route.h"
#include "control/nodes/heartbeat_batcher.h"
#include "control/nodes/node_inventory_service.h"
#include "control/nodes/node_service.h"
#include "http/router.h"

namespace b3iq::control {

struct NodeLevels {
  NodeLevel<protocol::SignatureTag::heartbeat> heartbeat;
  NodeLevel<protocol::SignatureTag::inventory> inventory;
  NodeLevel<protocol::SignatureTag::unenroll> unenroll;
};

// All outlive the router.
struct NodeRouteParts {
  NodeLevels& levels;
  HeartbeatBatcher& heartbeats;
  InventoryService& inventories;
  NodeService& nodes;
  const base::Clock& clock;
};
void add_node_routes(http::Router& router, const NodeRouteParts& parts);

}  // namespace b3iq::control
