// When a worker that has ended is started again: after a pause that doubles, and not at all when it
// ends too often. One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace b3iq::runtimes {

inline constexpr std::int64_t kFirstBackoffMs = 200;
inline constexpr std::int64_t kMaxBackoffMs = 10'000;
inline constexpr int kBreakerEnds = 3;
inline constexpr std::int64_t kBreakerWindowMs = 60'000;

class WorkerRestarts {
 public:
  // The worker ended at `now_ms`, after a silence: that is no life, and three hangs in a row count
  // as three ends in a row.
  void ended(std::int64_t now_ms, std::int64_t silence_ms) {
    for (std::int64_t& at : ends_ms_) at += silence_ms;
    std::erase_if(ends_ms_, [&](std::int64_t at) { return now_ms - at > kBreakerWindowMs; });
    if (ends_ms_.empty()) backoff_ms_ = kFirstBackoffMs;
    ends_ms_.push_back(now_ms);
  }
  // Ends within kBreakerWindowMs.
  std::size_t ends() const { return ends_ms_.size(); }
  // The pause before the next start, or nothing when it must stay down.
  std::optional<std::int64_t> next_pause_ms() {
    if (ends_ms_.size() >= kBreakerEnds) return {};
    const std::int64_t pause = backoff_ms_;
    backoff_ms_ = std::min(backoff_ms_ * 2, kMaxBackoffMs);
    return pause;
  }

 private:
  std::vector<std::int64_t> ends_ms_;
  std::int64_t backoff_ms_ = kFirstBackoffMs;
};

}  // namespace b3iq::runtimes
