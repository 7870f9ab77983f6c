// The fuzz targets that this build has. `fuzz_targets.inc` is written by CMake: one
// B3_FUZZ_TARGET(name) a line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#define B3_FUZZ_TARGET(name) int fuzz_##name(const std::uint8_t*, std::size_t);
#include "fuzz_targets.inc"
#undef B3_FUZZ_TARGET

namespace b3iq::fuzz {

struct Target {
  const char* name;
  int (*run)(const std::uint8_t*, std::size_t);
};

inline constexpr Target kTargets[] = {
#define B3_FUZZ_TARGET(name) {#name, &::fuzz_##name},
#include "fuzz_targets.inc"
#undef B3_FUZZ_TARGET
};

inline const Target* find_target(std::string_view name) {
  for (const Target& target : kTargets) {
    if (target.name == name) return &target;
  }
  return nullptr;
}

}  // namespace b3iq::fuzz
