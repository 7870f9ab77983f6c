// Several tasks side by side on one executor's thread.
#pragma once

#include <cstddef>
#include <vector>

#include "base/task.h"

namespace b3iq::base {

namespace detail {

inline Task<void> count_down(Task<void> task, std::size_t& left, Arrival<bool>& all_ended) {
  co_await std::move(task);
  if (--left == 0) all_ended.set(true);
}

}  // namespace detail

// Starts all of `tasks` and resumes when the last has ended. They must not throw. On an executor's
// thread.
inline Task<void> join_all(std::vector<Task<void>> tasks) {
  std::size_t left = tasks.size();
  if (left == 0) co_return;
  Arrival<bool> all_ended;
  auto start = [&] {
    for (auto& task : tasks) detach(detail::count_down(std::move(task), left, all_ended));
  };
  co_await all_ended.wait(start);
}

}  // namespace b3iq::base
