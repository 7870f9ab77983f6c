#include "virtual_time.h"

#include <algorithm>

namespace b3iq::control::sim {

void TurnExecutor::run_all() {
  while (!waiting_.empty()) {
    auto turn = std::move(waiting_.front());
    waiting_.pop_front();
    if (auto* const handle = std::get_if<std::coroutine_handle<>>(&turn)) {
      handle->resume();
    } else {
      std::get<base::UniqueFunction<void()>>(turn)();
    }
  }
}

void VirtualTime::after(std::int64_t delay_ms, Act act) {
  heap_.push_back({now_ms_ + std::max<std::int64_t>(0, delay_ms), ++numbers_,
                   std::make_unique<Act>(std::move(act))});
  std::ranges::push_heap(heap_, later);
}

bool VirtualTime::run_next() {
  if (heap_.empty()) return false;
  std::ranges::pop_heap(heap_, later);
  Event event = std::move(heap_.back());
  heap_.pop_back();
  now_ms_ = event.at_ms;
  (*event.act)();
  executor_.run_all();
  return true;
}

}  // namespace b3iq::control::sim
