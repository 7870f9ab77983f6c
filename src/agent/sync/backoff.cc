#include "agent/sync/backoff.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace b3iq::agent {

std::int64_t draw_up_to(std::int64_t most, base::Random& random) {
  std::array<std::uint8_t, sizeof(std::uint64_t)> bytes{};
  random.fill(bytes);
  std::uint64_t draw = 0;
  std::memcpy(&draw, bytes.data(), sizeof draw);
  return static_cast<std::int64_t>(draw % (static_cast<std::uint64_t>(most) + 1));
}

std::int64_t jittered(std::int64_t ms, base::Random& random) {
  const auto tenth = ms / 10;
  return ms - tenth + draw_up_to(2 * tenth, random);
}

std::int64_t Backoff::next_ms(std::int64_t advice_ms) {
  std::int64_t most = kFirstRetryMs;
  for (int i = 0; i < failures_ && most < kLongestRetryMs; ++i) most *= 2;
  most = std::min(most, kLongestRetryMs);
  ++failures_;
  const auto drawn = std::max(kShortestRetryMs, draw_up_to(most, random_));
  if (advice_ms <= 0) return drawn;
  const auto advice = std::min(advice_ms, kLongestAdviceMs);
  return std::max(drawn, advice + draw_up_to(advice / 4, random_));
}

}  // namespace b3iq::agent
