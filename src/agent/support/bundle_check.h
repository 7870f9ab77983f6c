// Whether a support bundle is what the node that signed it put together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace b3iq::agent {

struct BundleVerdict {
  std::string node_id;  // "" when no signature holds
  std::string made_at;
  std::size_t parts = 0;              // that the index names
  std::vector<std::string> problems;  // for people; none: it holds
  bool holds() const { return problems.empty(); }
};

// `node_id`: the node that it must come from, "" for any. Without one, a bundle that somebody else
// signed holds, too: the verdict says whose it is.
BundleVerdict check_bundle(std::string_view archive, std::string_view node_id);

}  // namespace b3iq::agent
