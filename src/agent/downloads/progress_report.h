// What a download tells of itself: each change of phase, and the bytes between them some times a
// second.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/downloads/download_types.h"
#include "base/unique_function.h"

namespace b3iq::agent {

inline constexpr std::int64_t kProgressToldMs = 200;
// Told at once when so many came since: a sender that stops must not leave an old figure standing.
inline constexpr std::int64_t kProgressToldBytes = kMebibyte;

// One loop.
class ProgressReport {
 public:
  // `told` may be empty.
  explicit ProgressReport(base::UniqueFunction<void(const DownloadProgress&)> told);

  void enter(DownloadPhase phase, std::int64_t bytes, std::optional<std::int64_t> total_bytes,
             std::string note = {});
  // In the phase that was entered last.
  void bytes(std::int64_t bytes);

 private:
  void tell();

  base::UniqueFunction<void(const DownloadProgress&)> told_;
  DownloadProgress progress_;
  std::int64_t told_ns_ = 0;
  std::int64_t told_bytes_ = 0;
};

}  // namespace b3iq::agent
