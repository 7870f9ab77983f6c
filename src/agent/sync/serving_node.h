// What this node tells its control plane of itself: facts of the machine without a name, a path or
// an address in them, and the models whose names can be shown. Loop thread only.
#pragma once

#include <functional>

#include "agent/inventory/inventory_service.h"
#include "agent/local_api/live_calls.h"
#include "agent/models/model_posture.h"
#include "agent/models/model_registry.h"
#include "agent/routing/dispatcher.h"
#include "agent/sync/node_view.h"
#include "protocol/messages/command.h"

namespace b3iq::agent {

// A reading of the machine that is older is made anew behind the heartbeat's back.
inline constexpr std::int64_t kInventoryAgeMs = 600'000;

class ServingNode final : public NodeView {
 public:
  struct Needs {
    const ModelRegistry& models;
    const Dispatcher& dispatcher;
    const ModelPostures& postures;
    LiveCalls& live;
    inventory::InventoryService& inventory;
    const bool& draining;
    std::string_view version;                            // static storage
    std::function<bool(protocol::CommandKind)> allowed;  // by the owner, of this node
  };
  explicit ServingNode(const Needs& needs) : needs_(needs) {}

  protocol::NodeStatus status() const override;
  std::int64_t queue_depth() const override;
  protocol::NodeInventory inventory() const override;
  protocol::NodeReadiness readiness() const override;
  std::string_view version() const override { return needs_.version; }

 private:
  Needs needs_;
};

// What of an inventory may leave the machine. Pure.
protocol::NodeInventory told_inventory(const inventory::Inventory& inventory);

}  // namespace b3iq::agent
