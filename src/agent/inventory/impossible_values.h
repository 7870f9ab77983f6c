// Drivers lie. What cannot be true becomes unknown, with the reason, before anybody sees it. Pure.
#pragma once

#include "agent/inventory/inventory_types.h"

namespace b3iq::agent::inventory {

// No machine of ours has more; it also keeps every number within JSON's exact integers.
inline constexpr std::int64_t kMaxBytesOfMemory = std::int64_t{1} << 50;
inline constexpr std::int64_t kMaxBytesOfDisk = (std::int64_t{1} << 53) - 1;
inline constexpr std::int64_t kMaxCpus = 1 << 16;
inline constexpr std::int64_t kMinTemperatureC = -40;
inline constexpr std::int64_t kMaxTemperatureC = 150;
inline constexpr std::int64_t kMaxPowerMilliwatts = 10'000'000;

void remove_impossible(Inventory& inventory);

}  // namespace b3iq::agent::inventory
