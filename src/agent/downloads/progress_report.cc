#include "agent/downloads/progress_report.h"

#include <utility>

#include "base/clock.h"

namespace b3iq::agent {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;

}  // namespace

ProgressReport::ProgressReport(base::UniqueFunction<void(const DownloadProgress&)> told)
    : told_(std::move(told)) {}

void ProgressReport::enter(DownloadPhase phase, std::int64_t bytes,
                           std::optional<std::int64_t> total_bytes, std::string note) {
  progress_ = {
      .phase = phase, .received_bytes = bytes, .total_bytes = total_bytes, .note = std::move(note)};
  tell();
}

void ProgressReport::bytes(std::int64_t bytes) {
  progress_.received_bytes = bytes;
  const bool due = base::system_clock().steady_ns() - told_ns_ >= kProgressToldMs * kNsPerMs;
  if (due || bytes - told_bytes_ >= kProgressToldBytes) tell();
}

void ProgressReport::tell() {
  told_bytes_ = progress_.received_bytes;
  told_ns_ = base::system_clock().steady_ns();
  if (told_) told_(progress_);
}

}  // namespace b3iq::agent
