// What is known for the public surface, as protocol/public_network_view.h takes it. Here, and only
// here, internal records become facts that may be shown: the public routes see nothing else. Loop
// thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "protocol/public_network_view.h"

namespace b3iq::control {

class NodeService;

struct NodeFactsPage {
  std::vector<protocol::NodeFacts> nodes;  // by node id, without removed ones
  std::string next_after_id;               // "" when this was the last page
};
struct OfferedModelPage {
  std::vector<protocol::OfferedModelFacts> models;  // by model id
  std::string next_after_id;
};

class PublicFacts {
 public:
  PublicFacts(NodeService& nodes, const base::Clock& clock, protocol::ControlPlaneId id)
      : nodes_(nodes), clock_(clock), id_(std::move(id)) {}

  base::Task<base::Result<protocol::NetworkFacts>> network();
  base::Task<base::Result<NodeFactsPage>> nodes(std::string after_id, std::int64_t limit);
  // Error: not_found, of a removed node too.
  base::Task<base::Result<protocol::NodeFacts>> node(protocol::NodeId id);
  base::Task<base::Result<OfferedModelPage>> models(std::string after_id, std::int64_t limit);
  // The newest binding that is valid now. Error: not_found.
  base::Task<base::Result<protocol::SignedTransportKeyBinding>> transport_key(protocol::NodeId id);
  // Never an error for a node that is unknown or removed: that is a blocker.
  base::Task<base::Result<protocol::ReadinessFacts>> readiness(protocol::NodeId id,
                                                               std::string_view model_id);
  std::int64_t now_ms() const { return clock_.wall_ms(); }

 private:
  NodeService& nodes_;
  const base::Clock& clock_;
  protocol::ControlPlaneId id_;
};

}  // namespace b3iq::control
