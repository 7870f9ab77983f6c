// The system calls that a worker may make.
#pragma once

#include <cstdint>

namespace b3iq::runtimes::worker {

enum class SandboxProfile : std::uint8_t {
  cpu,  // an allow-list: compute, memory, threads, the one socket
  gpu,  // a deny-list: drivers open devices and talk to them in ways of their own
        // (docs/operating/gpu.md)
};

// Installs the filter on every thread of the process; it cannot be taken off. False when the kernel
// refused.
bool install_seccomp_filter(SandboxProfile profile);

}  // namespace b3iq::runtimes::worker
