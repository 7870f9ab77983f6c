// Which writes the disk or the server did not take, for whoever tells how a database is. Noted on
// the writer's thread, read on any.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "storage/database.h"

namespace b3iq::storage {

class WriteFailures {
 public:
  void note() {
    last_ms_ = now_ms();
    ++count_;
  }
  // Sets the members of `stats` that tell of failures.
  void tell(WriterStats& stats) const {
    stats.failures = count_;
    if (stats.failures > 0) stats.failed_ms_ago = now_ms() - last_ms_;
  }

 private:
  static std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }

  std::atomic<std::int64_t> last_ms_ = 0;
  std::atomic<std::uint64_t> count_ = 0;
};

}  // namespace b3iq::storage
