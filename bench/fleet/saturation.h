// As many heartbeats as the server takes: closed loop, every connection sends the next one as soon
// as its last is answered. All are signed before the clock starts.
#pragma once

#include <cstdint>
#include <string>

#include "closed_loop.h"
#include "signed_request.h"

namespace b3iq::fleet {

struct SaturationOptions : LoopOptions {
  Origin origin;
  std::string salt;
  std::int64_t first = 0;
  std::int64_t signed_per_second =
      20'000;  // how many are signed ahead; the run ends when they are used up
};

// Prints the figures as one line of JSON. False when nothing was accepted.
bool saturate(const SaturationOptions& options);

}  // namespace b3iq::fleet
