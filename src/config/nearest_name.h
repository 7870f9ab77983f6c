// "Did you mean …?"
#pragma once

#include <span>
#include <string_view>

namespace b3iq::config {

// The name that differs from `wanted` in the fewest letters (put in, left out, changed, or two
// swapped), if that is at most a third of its length, else the one whose last part is `wanted`'s
// last part; empty when there is none.
std::string_view nearest_name(std::string_view wanted, std::span<const std::string_view> names);

}  // namespace b3iq::config
