// What a limit by address counts by.
#pragma once

#include <string>
#include <string_view>

namespace b3iq::control {

// The address's bytes, so that its spellings are one; of IPv6 only the /64, which one customer of a
// provider has whole. A text that is no address stands for itself.
std::string address_key(std::string_view address);

}  // namespace b3iq::control
