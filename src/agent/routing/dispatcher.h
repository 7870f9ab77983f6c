// Which runtime a call runs on. The model's targets are tried in order of preference: one whose
// breaker is open is passed over, one that fails before its first byte is omitted and the next is
// tried. After the first byte nothing is tried again: the caller has seen it. Loop thread only.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/models/model_route.h"
#include "agent/routing/runtime_lane.h"
#include "base/metrics.h"

namespace b3iq::agent {

struct LaneSettings {
  inference::Runtime* runtime = nullptr;
  QueueLimits limits;
  bool traced = false;  // RuntimeLane::traced
};

// A call's hold on the runtime that runs it. Ends with succeeded(), failed() or its destruction
// (nothing learned: the caller went away).
class Lease {
 public:
  Lease() = default;
  Lease(RuntimeLane& lane, CallQueue::Place place) : lane_(&lane), place_(std::move(place)) {}
  Lease(Lease&& other) noexcept
      : lane_(std::exchange(other.lane_, nullptr)), place_(std::move(other.place_)) {}
  Lease& operator=(Lease&& other) noexcept;
  ~Lease() { end(); }

  void succeeded();
  // Counts for the breaker when the error is the runtime's own.
  void failed(base::ErrorCode code);
  // Null once it has ended.
  RuntimeLane* lane() const { return lane_; }

 private:
  void end();
  RuntimeLane* lane_ = nullptr;
  CallQueue::Place place_;
};

class Dispatcher {
 public:
  Dispatcher(const std::vector<LaneSettings>& lanes, const base::Clock& clock,
             http::EventLoop& loop, base::Metrics& metrics);

  // Waits until the target's runtime has room. Errors: those of CallQueue::enter, and
  // runtime_unreachable with the time to come back while its breaker is open.
  base::Task<base::Result<Lease>> enter(const ModelTarget& target, std::string_view account,
                                        base::CancelToken cancel);
  // The same when nothing is to be waited for: the usual case, without a coroutine.
  std::optional<Lease> enter_now(const ModelTarget& target);
  // Whether another target may be tried after this error, before the first byte.
  static bool worth_another(base::ErrorCode code);
  // A call moved on to its next target.
  void count_failover() { failovers_.add(); }

  // Reads the runtimes' gauges anew.
  void sample_metrics();

  // A runtime that is there from now on.
  void add(const LaneSettings& lane);
  // A runtime that gets no calls any more; its metrics are told no longer. The lane stays for calls
  // that have met it, until forget().
  void retire(const inference::Runtime& runtime);
  // Ends the lane of a retired runtime when nothing of it is left on the loop; false: not yet. No
  // call may know the runtime any more.
  bool forget(const inference::Runtime& runtime);

  void close();
  bool idle() const;
  // Null for a runtime that it does not know.
  const RuntimeLane* lane(const inference::Runtime& runtime) const;

 private:
  RuntimeLane& lane_of(const ModelTarget& target);

  const base::Clock& clock_;
  http::EventLoop& loop_;
  base::Metrics& metrics_;
  base::Counter& failovers_;
  std::unordered_map<const inference::Runtime*, std::unique_ptr<RuntimeLane>> lanes_;
};

}  // namespace b3iq::agent
