// What a serving process asks of the kernel and of the allocator before its first thread runs.
#pragma once

#include <cstdint>

namespace b3iq::http {

// `descriptors`: how many files and connections it may come to hold, as far as the hard limit lets
// it. Call once, first thing, while the process has one thread.
void set_process_limits(std::uint64_t descriptors);

}  // namespace b3iq::http
