// Slow work of one kind beside the loop: one thread, one piece of work at a time, in order. The
// thread starts with the first use.
#pragma once

#include <memory>
#include <type_traits>

#include "base/single_thread_executor.h"
#include "base/task.h"

namespace b3iq::agent {

class SideThread {
 public:
  // Runs `work()` on the thread and resumes the caller, on the loop, with what it returned.
  template <class F>
  base::Task<std::invoke_result_t<F&>> run(F work) {
    if (!thread_) thread_ = std::make_unique<base::SingleThreadExecutor>();
    ++under_way_;
    base::Arrival<std::invoke_result_t<F&>> arrival;
    auto start = [this, &arrival, &work] {
      thread_->post([&arrival, &work] { arrival.set(work()); });
    };
    auto result = co_await arrival.wait(start);
    --under_way_;
    co_return result;
  }
  bool idle() const { return under_way_ == 0; }

 private:
  int under_way_ = 0;  // on the caller's thread
  std::unique_ptr<base::SingleThreadExecutor> thread_;
};

}  // namespace b3iq::agent
