// What a model name leads to: the runtimes that offer it, in order of preference. Made by the
// registry at each refresh and shared by the calls that use it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "inference/runtime.h"

namespace b3iq::agent {

// Held by whoever goes on using a runtime after a turn of the loop: one that was removed lives
// until nobody holds it.
using RuntimeUse = std::shared_ptr<const void>;

struct ModelTarget {
  inference::Runtime* runtime = nullptr;
  std::string id;             // the name that answers and receipts carry
  std::string runtime_model;  // the runtime's own name
  inference::Capabilities capabilities;
  std::int64_t created = 0;
  std::int64_t size_bytes = 0;  // 0 unknown
  std::optional<bool>
      loaded;  // in memory when the runtime was last asked; nothing: it does not tell
  RuntimeUse use;
};

struct ModelRoute {
  std::vector<ModelTarget> targets;  // at least one; at most one for each runtime
};
using ModelRoutePointer = std::shared_ptr<const ModelRoute>;

}  // namespace b3iq::agent
