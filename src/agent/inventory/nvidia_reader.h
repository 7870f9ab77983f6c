// NVIDIA GPUs, by NVML. Runs in the probe process: the library may hang, crash or lie.
#pragma once

#include <string>

#include "agent/inventory/inventory_types.h"

namespace b3iq::agent::inventory {

inline constexpr unsigned kMaxGpus = 64;

// `library`: a path, or "" for the installed one. Where the library is not there, `gpus` is empty
// and a note (nvidia_library_missing) says so: that is no failure on a machine without such a GPU.
GpuReport read_nvidia(const std::string& library);

}  // namespace b3iq::agent::inventory
