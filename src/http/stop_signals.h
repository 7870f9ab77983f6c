// How a serving program is stopped: the first SIGTERM or SIGINT drains it, the second ends it.
#pragma once

#include "base/task.h"
#include "base/unique_function.h"
#include "http/event_loop.h"
#include "http/fd_stream.h"

namespace b3iq::http {

// From here on both signals are read from the descriptor that is returned; -1: none could be made.
// SIGPIPE and SIGXFSZ are ignored: what they would tell is an error of that write. Before the first
// thread: each inherits the mask.
int open_stop_signals();

// Calls `drain` at the first signal and stops the loop at each later one. Ends when `signals` is
// closed.
base::Task<void> wait_for_stop(EventLoop& loop, FdStream& signals,
                               base::UniqueFunction<void()> drain);

}  // namespace b3iq::http
