#include "agent/downloads/retry_schedule.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace b3iq::agent {

RetrySchedule::RetrySchedule(const DownloadLimits& limits, base::Random& random)
    : limits_(limits), random_(random) {}

void RetrySchedule::progressed(std::int64_t bytes) {
  received_ += bytes;
  if (received_ >= limits_.try_progress_bytes) failures_ = 0;
}

std::optional<std::int64_t> RetrySchedule::next_ms(const base::Error& error) {
  if (failures_ >= limits_.retries) return std::nullopt;
  std::int64_t backoff_ms = limits_.first_backoff_ms;
  for (int i = 0; i < failures_ && backoff_ms < limits_.max_backoff_ms; ++i) backoff_ms *= 2;
  backoff_ms = std::min(backoff_ms, limits_.max_backoff_ms);
  ++failures_;
  std::array<std::uint8_t, 8> bytes{};
  random_.fill(bytes);
  std::uint64_t draw = 0;
  std::memcpy(&draw, bytes.data(), sizeof draw);
  const auto half = static_cast<std::uint64_t>(backoff_ms / 2);
  const std::int64_t wait_ms =
      backoff_ms - static_cast<std::int64_t>(half) + static_cast<std::int64_t>(draw % (half + 1));
  return std::max(wait_ms, std::min(error.retry_after_ms, limits_.max_retry_after_ms));
}

}  // namespace b3iq::agent
