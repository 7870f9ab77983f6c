// Runs one task to its end on a loop of the calling thread: how a command line command uses the
// asynchronous parts of a program. Blocks; not from inside the loop.
#pragma once

#include <optional>
#include <utility>

#include "base/task.h"
#include "http/event_loop.h"

namespace b3iq::http {

template <class T>
T run_task(EventLoop& loop, base::Task<T> task) {
  std::optional<T> result;
  struct Driver {
    static base::Task<void> drive(base::Task<T> work, std::optional<T>& out, EventLoop& on) {
      out.emplace(co_await std::move(work));
      on.stop();
    }
  };
  auto driver = Driver::drive(std::move(task), result, loop);
  loop.post([&driver] { base::detach(std::move(driver)); });
  loop.run();
  return *std::move(result);
}

}  // namespace b3iq::http
