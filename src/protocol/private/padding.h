// How long a sealed plaintext may be, so that its length says little: Padmé ("Reducing Metadata
// Leakage from Encrypted Files and Communication with PURBs", Nikitin et al., 2019). Less than 12 %
// is added; of a length L only O(log log L) bits are left to see.
#pragma once

#include <bit>
#include <cstddef>

namespace b3iq::protocol {

// The shortest padded length for `size` bytes. padme_length(padme_length(n)) is padme_length(n).
constexpr std::size_t padme_length(std::size_t size) {
  if (size < 2) return size;
  const int exponent = std::bit_width(size) - 1;
  const int kept_bits = std::bit_width(static_cast<std::size_t>(exponent));
  const std::size_t mask = (std::size_t{1} << (exponent - kept_bits)) - 1;
  return (size + mask) & ~mask;
}

}  // namespace b3iq::protocol
