// When a failed try is made again: backoff that doubles, half of it random, and what the server
// asked for; the count begins anew when enough was received.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/downloads/download_types.h"
#include "base/error.h"
#include "base/random.h"

namespace b3iq::agent {

// One thread.
class RetrySchedule {
 public:
  // `random` outlives it.
  RetrySchedule(const DownloadLimits& limits, base::Random& random);

  // A try has begun.
  void begin() { received_ = 0; }
  // Bytes came.
  void progressed(std::int64_t bytes);
  // After a failure: how long to wait, nothing when it was the last try. An error's own
  // retry_after_ms is the least.
  std::optional<std::int64_t> next_ms(const base::Error& error);

 private:
  DownloadLimits limits_;
  base::Random& random_;
  std::int64_t received_ = 0;  // in this try
  int failures_ = 0;           // in a row
};

}  // namespace b3iq::agent
