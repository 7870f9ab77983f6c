// Maps that can be put back to what they were, as a transaction that is rolled back asks for.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/unique_function.h"

namespace b3iq::control::sim {

class UndoLog {
 public:
  template <class Map>
  void set(Map& map, const typename Map::key_type& key, typename Map::mapped_type value) {
    const auto at = map.find(key);
    if (at == map.end()) {
      acts_.emplace_back([&map, key] { map.erase(key); });
      map.emplace(key, std::move(value));
    } else {
      acts_.emplace_back([&map, key, old = std::move(at->second)]() mutable {
        map.insert_or_assign(key, std::move(old));
      });
      at->second = std::move(value);
    }
  }
  template <class Map>
  void erase(Map& map, const typename Map::key_type& key) {
    const auto at = map.find(key);
    if (at == map.end()) return;
    acts_.emplace_back(
        [&map, key, old = std::move(at->second)]() mutable { map.emplace(key, std::move(old)); });
    map.erase(at);
  }
  std::size_t mark() const { return acts_.size(); }
  void back_to(std::size_t mark) {
    while (acts_.size() > mark) {
      acts_.back()();
      acts_.pop_back();
    }
  }
  void keep() { acts_.clear(); }

 private:
  std::vector<base::UniqueFunction<void()>> acts_;
};

}  // namespace b3iq::control::sim
