// Keeps one event from filling the log when it happens for every call: at most kLinesPerSecond
// lines, and the next one that is written tells how many were held back. One thread.
#pragma once

#include <cstdint>
#include <utility>

namespace b3iq::agent {

class LineBudget {
 public:
  static constexpr std::int64_t kLinesPerSecond = 20;

  // Whether a line may be written now; `now_ns` is steady time.
  bool take(std::int64_t now_ns) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    if (now_ns - second_began_ns_ >= kSecond) {
      second_began_ns_ = now_ns;
      written_ = 0;
    }
    if (written_ < kLinesPerSecond) {
      ++written_;
      return true;
    }
    ++held_back_;
    return false;
  }
  // Since it was last asked.
  std::int64_t take_held_back() { return std::exchange(held_back_, 0); }

 private:
  std::int64_t second_began_ns_ = 0;
  std::int64_t written_ = 0;
  std::int64_t held_back_ = 0;
};

}  // namespace b3iq::agent
