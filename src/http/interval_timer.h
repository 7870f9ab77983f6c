// A timer that ticks until it is closed, read like a stream: each read_some() of eight bytes is one
// tick (or several, when the reader was late).
#pragma once

#include <cstdint>
#include <optional>

#include "http/fd_stream.h"

namespace b3iq::http {

// Nothing when the process has no descriptor left.
std::optional<FdStream> interval_timer(EventLoop& loop, std::int64_t every_us);

// Waits for the next tick; false when the timer was closed.
base::Task<bool> next_tick(FdStream& timer);

}  // namespace b3iq::http
