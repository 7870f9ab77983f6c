#pragma once

namespace b3iq::runtimes::worker {

// Physical cores that this process may run on; at least 1. Reads /sys, so before the sandbox.
unsigned physical_cores();

}  // namespace b3iq::runtimes::worker
