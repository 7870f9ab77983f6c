// What became of the sealed streams of private jobs. What each metric means:
// docs/operating/metrics.md.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/metrics.h"

namespace b3iq::agent {

// Brought, or why it was given up.
enum class StreamEnd : std::uint8_t {
  brought,      // the control plane has all of it
  closed,       // the control plane takes no more of it
  late,         // its last frames were not taken before the result was brought
  refused,      // the control plane refuses its frames, or knows none at all
  stopped,      // its job was, or the node stops or leaves
  too_large,    // more than a sealed stream may have
  too_slow,     // more waits for its way than the node keeps
  unreachable,  // the control plane does not answer, or wants to be left alone
};
inline constexpr std::size_t kStreamEnds = 8;
// As the label and the log have it.
std::string_view stream_end_name(StreamEnd end);

class StreamMetrics {
 public:
  explicit StreamMetrics(base::Metrics& metrics);
  base::Counter& streams(StreamEnd end) { return *streams_.at(static_cast<std::size_t>(end)); }

  base::Counter& frames;  // that the control plane has taken

 private:
  std::array<base::Counter*, kStreamEnds> streams_{};
};

}  // namespace b3iq::agent
