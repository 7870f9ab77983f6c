// Which build of the CPU kernels computes the model. The library picks by what the CPU can do. That
// is wrong for models with small attention heads: the AVX-512 kernels take 64 or 128 numbers at a
// time and do what is left one by one, so a head of 32 runs at a third of the AVX2 kernels' speed
// (measured: docs/adr of the embedded runtime). So the AVX2 kernels are loaded too, and the one
// that fits the model stays.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace b3iq::runtimes::worker {

// Heads smaller than this are computed with the AVX2 kernels.
inline constexpr std::uint32_t kSmallHead = 64;

// Before the sandbox: loads the library's choice and, on a CPU with AVX-512, the AVX2 kernels
// beside it. Without `gpu` nothing but CPU kernels: a GPU's driver would open devices, and the
// sandbox ends a worker that talks to them.
void load_kernels(const std::string& lib_dir, bool gpu);

// Behind the sandbox: reads the head size of the model and unloads the kernels that do not fit.
// `file` is rewound. Returns the name of what stays, for people: "avx2" or "default".
std::string keep_fitting_variant(std::FILE* file);

}  // namespace b3iq::runtimes::worker
