// Randomness as a port, so that rules can be tested. The system's source is the kernel's.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace b3iq::base {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;
};

// getrandom(2). Any thread.
Random& system_random();

// A ULID: 26 characters of Crockford base32, 48 bits of time and 80 of randomness; sorts by time.
std::string make_ulid(std::int64_t wall_ms, Random& random);

}  // namespace b3iq::base
