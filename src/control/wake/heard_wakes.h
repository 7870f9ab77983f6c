// What other replicas said, on its way from the reader's thread to the polls of this replica: nodes
// that are named again while they wait count once, and no more than kMaxHeardPerSecond pass.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "base/clock.h"
#include "base/executor.h"
#include "base/metrics.h"
#include "control/commands/command_wake.h"
#include "control/wake/waiting_nodes.h"

namespace b3iq::control {

// Each may cost a look into the database, when the node waits at this replica.
inline constexpr std::int64_t kMaxHeardPerSecond = 2'000;

class HeardWakes : public std::enable_shared_from_this<HeardWakes> {
 public:
  HeardWakes(base::Executor& loop, const base::Clock& clock, base::Metrics& metrics,
             CommandWake& local);

  // A payload from the subject, whatever it is. Any thread.
  void hear(std::string_view payload);
  // Nothing reaches `local` any more. Loop thread.
  void close() { local_ = nullptr; }

 private:
  void deliver();

  base::Executor& loop_;
  const base::Clock& clock_;
  base::Counter& received_;
  base::Counter& malformed_;
  base::Counter& full_;
  base::Counter& too_many_;

  std::mutex mutex_;  // guards the next two
  WaitingNodes waiting_;
  bool posted_ = false;

  CommandWake* local_;  // this and what follows: loop thread
  std::int64_t second_began_ns_ = 0;
  std::int64_t left_ = kMaxHeardPerSecond;
};

// The counter of wakes that were lost, by reason.
base::Counter& dropped_wakes(base::Metrics& metrics, const char* reason);

}  // namespace b3iq::control
