// What the serving process asks of the kernel and of the allocator before its first thread runs.
#pragma once

namespace b3iq::agent {

// Call once, first thing, while the process has one thread.
void set_process_limits();

}  // namespace b3iq::agent
