#pragma once

#include <cstdint>

namespace b3iq::protocol {

// Whether whoever seals a body has parsed it or made it by a json::Writer, as one object from its
// first byte to its last, or wants that checked. What is no such object nobody opens.
enum class BodyCheck : std::uint8_t { parse, known_good };

}  // namespace b3iq::protocol
