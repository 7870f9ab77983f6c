// Polls that wait for a command of their node on this replica. Whoever learns that there may be one
// announces the node; a waiter that is woken looks for itself. Loop thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/task.h"
#include "control/auth/recent_map.h"
#include "control/commands/command_wake.h"

namespace b3iq::control {

inline constexpr std::size_t kMaxWaitingPolls = 200'000;
// Polls that end within the shorter time are ended together; one that begins is looked at within
// the longer.
inline constexpr std::int64_t kMinPollTickMs = 10;
inline constexpr std::int64_t kMaxPollTickMs = 250;

class PollWaiters final : public CommandWake {
 public:
  explicit PollWaiters(const base::Clock& clock) : clock_(clock) {}

  enum class Why : std::uint8_t { announced, time_is_up, cancelled };
  // Returns when the node is announced, at `deadline_ns` (steady; as late as the next tick()), when
  // `cancel` fires, or on close(). A further poll of the node ends those that wait already: a node
  // polls once at a time. Views outlive the task.
  base::Task<Why> wait(std::string_view node_id, std::int64_t deadline_ns,
                       base::CancelToken cancel);

  void announce(std::string_view node_id) override { wake(node_id, Why::announced); }
  bool waits(std::string_view node_id) const { return by_node_.contains(node_id); }
  std::size_t size() const { return by_node_.size(); }
  bool full() const { return by_node_.size() >= kMaxWaitingPolls; }
  // Ends the waits whose time is up.
  void tick();
  // When it should be called again: about when the next wait is over, within the two bounds below.
  std::int64_t next_tick_ms() const;
  // Ends all waits; later ones end at once.
  void close();

 private:
  struct Waiter;
  using ByDeadline = std::multimap<std::int64_t, Waiter*>;
  struct Waiter {
    std::string_view node_id;
    ByDeadline::iterator place;
    base::Arrival<Why> arrival;
    base::CancelCallback on_cancel;
  };
  void wake(std::string_view node_id, Why why);
  void release(Waiter& waiter, Why why);

  const base::Clock& clock_;
  std::unordered_map<std::string_view, Waiter*, TextHash, std::equal_to<>> by_node_;
  ByDeadline by_deadline_;
  bool closed_ = false;
};

}  // namespace b3iq::control
