// Nodes whose wake is on its way: each once, never more than a bound. The owner's mutex guards it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace b3iq::control {

inline constexpr std::size_t kMaxWaitingNodes = 4096;

class WaitingNodes {
 public:
  enum class Added : std::uint8_t { yes, was_there, full };
  Added add(std::string_view node_id) {
    if (ids_.contains(node_id)) return Added::was_there;
    if (ids_.size() == kMaxWaitingNodes) return Added::full;
    ids_.emplace(node_id);
    return Added::yes;
  }
  // All of them; it is empty then.
  std::vector<std::string> take() {
    std::vector<std::string> out;
    out.reserve(ids_.size());
    while (!ids_.empty()) out.push_back(std::move(ids_.extract(ids_.begin()).value()));
    return out;
  }
  bool empty() const { return ids_.empty(); }
  std::size_t size() const { return ids_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  std::unordered_set<std::string, Hash, std::equal_to<>> ids_;
};

}  // namespace b3iq::control
