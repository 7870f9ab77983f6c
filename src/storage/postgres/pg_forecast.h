// Guesses whether a body will end after the statement that it waits for. The next body's first
// statement is then sent right behind it, without waiting for the answer: a group of bodies with
// one statement each costs one trip to the server instead of one for each body. A wrong guess costs
// time, never order: the group is rolled back and runs again without guesses.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "storage/database.h"

namespace b3iq::storage {

class PgForecast {
 public:
  // What a body has sent so far. 0: nothing.
  using Path = std::uint64_t;
  static Path extend(Path path, const Statement& statement) {
    return (path ^ reinterpret_cast<std::uintptr_t>(&statement)) * 0x9E3779B97F4A7C15 + 1;
  }

  bool ends_at(Path path) const {
    const auto found = seen_.find(path);
    return found != seen_.end() && found->second == Seen::end;
  }
  void ended(Path path) { learn(path, Seen::end); }
  void went_on(Path path) { learn(path, Seen::more); }

 private:
  // Bodies with loops have paths without end: then it begins anew.
  static constexpr std::size_t kMaxPaths = 4096;
  enum class Seen : std::uint8_t { end, more };

  void learn(Path path, Seen seen) {
    if (seen_.size() >= kMaxPaths) seen_.clear();
    const auto [entry, added] = seen_.try_emplace(path, seen);
    if (seen == Seen::more) entry->second = Seen::more;  // once seen to go on: not guessed again
  }

  std::unordered_map<Path, Seen> seen_;
};

}  // namespace b3iq::storage
