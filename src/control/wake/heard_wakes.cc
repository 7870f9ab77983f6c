#include "control/wake/heard_wakes.h"

#include "control/wake/wake_message.h"

namespace b3iq::control {

namespace {
constexpr std::int64_t kSecondNs = 1'000'000'000;
}

base::Counter& dropped_wakes(base::Metrics& metrics, const char* reason) {
  return metrics.counter("b3iq_wakes_dropped_total",
                         "Wakes between replicas that were lost; polls find the commands.",
                         {{"reason", reason}});
}

HeardWakes::HeardWakes(base::Executor& loop, const base::Clock& clock, base::Metrics& metrics,
                       CommandWake& local)
    : loop_(loop),
      clock_(clock),
      received_(
          metrics.counter("b3iq_wakes_received_total", "Nodes named by wakes of other replicas.")),
      malformed_(dropped_wakes(metrics, "malformed")),
      full_(dropped_wakes(metrics, "incoming_full")),
      too_many_(dropped_wakes(metrics, "rate")),
      local_(&local),
      second_began_ns_(clock.steady_ns()) {}

void HeardWakes::hear(std::string_view payload) {
  const auto ids = decode_wake(payload);
  if (!ids.ok()) {
    malformed_.add();
    return;
  }
  received_.add(static_cast<double>(ids->size()));
  bool post = false;
  {
    const std::lock_guard lock(mutex_);
    for (const auto id : *ids)
      if (waiting_.add(id) == WaitingNodes::Added::full) full_.add();
    if (!posted_ && !waiting_.empty()) post = posted_ = true;
  }
  if (post) loop_.post([self = shared_from_this()] { self->deliver(); });
}

void HeardWakes::deliver() {
  std::vector<std::string> nodes;
  {
    const std::lock_guard lock(mutex_);
    nodes = waiting_.take();
    posted_ = false;
  }
  const auto now = clock_.steady_ns();
  if (now - second_began_ns_ >= kSecondNs) {
    second_began_ns_ = now;
    left_ = kMaxHeardPerSecond;
  }
  for (const auto& node : nodes) {
    if (!local_) return;
    if (left_ == 0) {
      too_many_.add();
      continue;
    }
    --left_;
    local_->announce(node);
  }
}

}  // namespace b3iq::control
