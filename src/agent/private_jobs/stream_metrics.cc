#include "agent/private_jobs/stream_metrics.h"

#include <string>

namespace b3iq::agent {

namespace {

constexpr std::array<std::string_view, kStreamEnds> kNames = {
    "brought", "closed", "late", "refused", "stopped", "too_large", "too_slow", "unreachable"};

}  // namespace

std::string_view stream_end_name(StreamEnd end) { return kNames.at(static_cast<std::size_t>(end)); }

StreamMetrics::StreamMetrics(base::Metrics& m)
    : frames(m.counter("b3iq_private_stream_frames_total",
                       "Frames of private jobs' streams that the control plane has taken.")) {
  for (std::size_t i = 0; i < kStreamEnds; ++i) {
    streams_.at(i) =
        &m.counter("b3iq_private_streams_total", "Private jobs' streams by how they ended.",
                   {{"end", std::string(kNames.at(i))}});
  }
}

}  // namespace b3iq::agent
