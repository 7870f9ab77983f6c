// The time, the luck and the thread of a simulation: events in the order of a virtual clock, all on
// the calling thread, and one source of chance. The same seed gives the same run.
#pragma once

#include <array>
#include <coroutine>
#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "base/random.h"
#include "base/unique_function.h"

namespace b3iq::control::sim {

// The engine's values are fixed by the standard; distributions of the library are not, so there are
// none.
class Dice final : public base::Random {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(engine_());
  }
  // Both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    const auto width = static_cast<std::uint64_t>(high - low) + 1;
    return low + static_cast<std::int64_t>(engine_() % width);
  }
  bool per_mille(std::int64_t share) { return between(1, 1'000) <= share; }
  bool percent(std::int64_t share) { return per_mille(share * 10); }
  template <class T>
  T& one_of(std::vector<T>& all) {
    return all[static_cast<std::size_t>(between(0, std::ssize(all) - 1))];
  }

 private:
  std::mt19937_64 engine_;
};

// The bytes of a client key in their canonical spelling; there is no secret to it.
inline std::array<std::uint8_t, 32> draw_client_key(Dice& dice) {
  std::array<std::uint8_t, 32> bytes{};
  dice.fill(bytes);
  bytes[31] &= 0x3F;
  return bytes;
}

// Resumes coroutines in the order in which they were posted, when it is told to.
class TurnExecutor final : public base::Executor {
 public:
  TurnExecutor() { set_current(this); }
  TurnExecutor(const TurnExecutor&) = delete;
  TurnExecutor& operator=(const TurnExecutor&) = delete;
  ~TurnExecutor() override { set_current(nullptr); }

  void post(base::UniqueFunction<void()> function) override {
    waiting_.emplace_back(std::move(function));
  }
  void post(std::coroutine_handle<> handle) override { waiting_.emplace_back(handle); }
  void post(std::span<const std::coroutine_handle<>> handles) override {
    for (const auto handle : handles) post(handle);
  }
  void run_all();

 private:
  using Turn = std::variant<std::coroutine_handle<>, base::UniqueFunction<void()>>;
  std::deque<Turn> waiting_;
};

class VirtualTime {
 public:
  using Act = base::UniqueFunction<void()>;
  std::int64_t now_ms() const { return now_ms_; }
  void after(std::int64_t delay_ms, Act act);
  // Goes to the next event and does it, with all that follows at once. False: there is none.
  bool run_next();
  TurnExecutor& executor() { return executor_; }

 private:
  struct Event {
    std::int64_t at_ms;
    std::uint64_t number;
    std::unique_ptr<Act> act;
  };
  static bool later(const Event& a, const Event& b) {
    return std::pair(a.at_ms, a.number) > std::pair(b.at_ms, b.number);
  }
  TurnExecutor executor_;
  std::vector<Event> heap_;
  std::uint64_t numbers_ = 0;
  std::int64_t now_ms_ = 0;
};

// The clock of one machine: its wall clock may be wrong and may jump.
class MachineClock final : public base::Clock {
 public:
  explicit MachineClock(const VirtualTime& time) : time_(time) {}
  std::int64_t wall_ms() const override { return kStartMs + time_.now_ms() + offset_ms_; }
  std::int64_t steady_ns() const override { return 1 + time_.now_ms() * 1'000'000; }
  std::int64_t offset_ms() const { return offset_ms_; }
  void set_offset_ms(std::int64_t ms) { offset_ms_ = ms; }

 private:
  static constexpr std::int64_t kStartMs = 1'700'000'000'000;
  const VirtualTime& time_;
  std::int64_t offset_ms_ = 0;
};

}  // namespace b3iq::control::sim
