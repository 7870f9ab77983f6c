#include "control/upkeep/periodic_work.h"

#include <algorithm>

#include "base/log.h"

namespace b3iq::control {

using base::Status;
using base::Task;

void PeriodicWork::start() {
  base::detach(end_polls());
  base::detach(repeat("commands", kCommandSweepMs, [this] { return commands_.sweep(); }));
  if (replicas_ == Replicas::possible)
    base::detach(repeat("replicas", kCommandSweepMs, [this] { return look_for_others(); }));
  base::detach(repeat("waits for jobs", kJobLookMs, [this] { return jobs_.look(); }));
  base::detach(repeat("private jobs", kForgetMs, [this] { return jobs_.tidy(); }));
  base::detach(
      repeat("streams of private jobs", kDropStreamsMs, [this] { return jobs_.drop_streams(); }));
  base::detach(repeat("forget", kForgetMs, [this]() -> Task<Status> {
    CO_TRY_OK(co_await commands_.forget());
    CO_TRY_OK(co_await approvals_.forget());
    CO_TRY_OK(co_await customer_tokens_.flush_uses());
    co_return co_await enrollments_.sweep();
  }));
}

// Each of a large fleet asks again as soon as it is answered: answered together, they would come
// together, and heartbeats would wait behind them.
Task<void> PeriodicWork::end_polls() {
  ++running_;
  while (!closed_) {
    waiters_.tick();
    co_await loop_.sleep(waiters_.next_tick_ms());
  }
  --running_;
}

Task<Status> PeriodicWork::look_for_others() {
  if (wake_.hears_others() && ++sweeps_without_look_ < kSweepsPerLookWhileHeard) co_return Status();
  sweeps_without_look_ = 0;
  co_return co_await commands_.look_for_others();
}

// A failure is logged when it begins and when it is over: the database may be away for long.
Task<void> PeriodicWork::repeat(std::string_view what, std::int64_t every_ms, Work work) {
  ++running_;
  bool failing = false;
  while (!closed_) {
    auto task = work();
    const auto done = co_await std::move(task);
    if (!done.ok() && !failing) {
      base::log(base::LogLevel::warn, "upkeep.failed",
                {{"what", what}, {"detail", std::string_view(done.error().detail)}});
    } else if (done.ok() && failing) {
      base::log(base::LogLevel::info, "upkeep.works_again", {{"what", what}});
    }
    failing = !done.ok();
    for (auto left = every_ms; left > 0 && !closed_; left -= kPauseStepMs)
      co_await loop_.sleep(std::min(left, kPauseStepMs));
  }
  --running_;
}

}  // namespace b3iq::control
