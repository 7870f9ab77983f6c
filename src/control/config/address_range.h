// Ranges of IP addresses as people write them: "10.0.0.0/8", "::1". Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace b3iq::control {

// IPv4 as the IPv4-mapped IPv6 address it is on a dual-stack socket.
using AddressBytes = std::array<std::uint8_t, 16>;

// A numeric address without port; nullopt for anything else.
std::optional<AddressBytes> parse_address(std::string_view text);

struct AddressRange {
  AddressBytes address{};
  int prefix_bits = 128;  // of the 16 bytes
  bool contains(const AddressBytes& other) const;
};

// "ADDRESS" or "ADDRESS/BITS". Error: config_invalid naming the text and the form.
base::Result<AddressRange> parse_address_range(std::string_view text);

bool contains(const std::vector<AddressRange>& ranges, std::string_view address);

}  // namespace b3iq::control
