// What the heartbeat tells of the node: a port, so that the sync is tested without a node. Loop
// thread only.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/messages/heartbeat.h"
#include "protocol/messages/inventory.h"

namespace b3iq::agent {

class NodeView {
 public:
  virtual ~NodeView() = default;
  virtual protocol::NodeStatus status() const = 0;
  virtual std::int64_t queue_depth() const = 0;  // calls running and waiting
  // What is known now; never waits. Everything is unknown before the first reading.
  virtual protocol::NodeInventory inventory() const = 0;
  virtual protocol::NodeReadiness readiness() const = 0;
  virtual std::string_view version() const = 0;
};

}  // namespace b3iq::agent
