// A map of bounded size that forgets what was not used for long: two generations, each up to half
// of the bound. What is found in the older one moves into the younger; when that is full, it
// becomes the older one and the older one is dropped. Every operation is one or two look-ups. One
// thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace b3iq::control {

// Lets a map of strings be asked with views.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

template <class Key, class Value, class Hash = std::hash<Key>, class Equal = std::equal_to<>>
class RecentMap {
 public:
  explicit RecentMap(std::size_t bound) : half_(bound / 2 + 1) {}

  // Null when it is not known (any more). Valid until the next call.
  template <class K>
  Value* find(const K& key) {
    if (const auto at = young_.find(key); at != young_.end()) return &at->second;
    const auto at = old_.find(key);
    if (at == old_.end()) return nullptr;
    auto node = old_.extract(at);
    make_room();
    return &young_.insert(std::move(node)).position->second;
  }
  Value& put(Key key, Value value) {
    old_.erase(key);
    make_room();
    return young_.insert_or_assign(std::move(key), std::move(value)).first->second;
  }
  std::size_t size() const { return young_.size() + old_.size(); }

 private:
  using Map = std::unordered_map<Key, Value, Hash, Equal>;
  void make_room() {
    if (young_.size() < half_) return;
    old_ = std::move(young_);
    young_ = Map();
  }

  const std::size_t half_;
  Map young_;
  Map old_;
};

}  // namespace b3iq::control
