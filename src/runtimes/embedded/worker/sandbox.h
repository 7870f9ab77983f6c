// Takes from this process all that reading a hostile model file does not need. Each layer is tried
// and then checked; what holds is reported, what the kernel or the container refuses is left out.
// Call it with one thread running, after the compute libraries are loaded and before the model is
// read.
#pragma once

#include <cstdint>

#include "runtimes/embedded/worker/seccomp_filter.h"

namespace b3iq::runtimes::worker {

// A set of SandboxLayer bits (worker_frame.h).
std::uint32_t enter_sandbox(SandboxProfile profile);

}  // namespace b3iq::runtimes::worker
