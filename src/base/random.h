// Randomness as a port, so that rules can be tested. The system's source is the kernel's.
#pragma once

#include <array>
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

// Draws from `source` a kilobyte at a time, for callers that need a few bytes for every request.
// Bytes that were given out are wiped from the buffer. One thread.
class BufferedRandom final : public Random {
 public:
  explicit BufferedRandom(Random& source) : source_(source) {}
  ~BufferedRandom() override;
  void fill(std::span<std::uint8_t> out) override;

 private:
  Random& source_;
  std::array<std::uint8_t, 1024> buffer_{};
  std::size_t used_ = sizeof(buffer_);
};

// A ULID: 26 characters of Crockford base32, 48 bits of time and 80 of randomness; sorts by time.
std::string make_ulid(std::int64_t wall_ms, Random& random);

}  // namespace b3iq::base
