// Time comes in as an argument: rules never ask the machine's clock themselves.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace b3iq::base {

class Clock {
 public:
  virtual ~Clock() = default;
  // Milliseconds since 1970-01-01 UTC. May step backwards.
  virtual std::int64_t wall_ms() const = 0;
  // Nanoseconds of a clock that never steps. For durations only.
  virtual std::int64_t steady_ns() const = 0;
};

// The machine's clock. Any thread.
const Clock& system_clock();

// A clock that a test moves by hand.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(std::int64_t wall_ms = 1'700'000'000'000) : wall_ms_(wall_ms) {}
  std::int64_t wall_ms() const override { return wall_ms_; }
  std::int64_t steady_ns() const override { return steady_ns_; }
  void advance_ms(std::int64_t ms) {
    wall_ms_ += ms;
    steady_ns_ += ms * 1'000'000;
  }
  void set_wall_ms(std::int64_t ms) { wall_ms_ = ms; }

 private:
  std::atomic<std::int64_t> wall_ms_;  // storage bodies read it on the writer's thread
  std::atomic<std::int64_t> steady_ns_ = 1;
};

// RFC 3339 UTC with milliseconds: 2026-11-21T09:30:00.123Z (the one time format of the wire).
struct Rfc3339 {
  std::array<char, 24> chars;
  operator std::string_view() const { return {chars.data(), chars.size()}; }
};
Rfc3339 rfc3339(std::int64_t wall_ms);
std::string format_rfc3339(std::int64_t wall_ms);
// Accepts exactly that form (milliseconds optional); returns false for anything else.
bool parse_rfc3339(std::string_view text, std::int64_t& wall_ms);

}  // namespace b3iq::base
