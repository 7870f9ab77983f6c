// Nodes that failed a job a short while ago: others are asked meanwhile. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "protocol/ids.h"

namespace b3iq::client {

inline constexpr std::int64_t kFailedNodeRestMs = 60'000;

class FailedNodes {
 public:
  std::vector<protocol::NodeId> now(std::int64_t now_ms) {
    std::erase_if(nodes_, [&](const Failed& one) { return one.until_ms <= now_ms; });
    std::vector<protocol::NodeId> ids;
    ids.reserve(nodes_.size());
    for (const auto& one : nodes_) ids.push_back(one.node_id);
    return ids;
  }
  void note(std::span<const protocol::NodeId> ids, std::int64_t now_ms) {
    for (const auto& id : ids) {
      std::erase_if(nodes_, [&](const Failed& one) { return one.node_id == id; });
      nodes_.push_back({id, now_ms + kFailedNodeRestMs});
    }
  }

 private:
  struct Failed {
    protocol::NodeId node_id;
    std::int64_t until_ms = 0;
  };
  std::vector<Failed> nodes_;
};

}  // namespace b3iq::client
