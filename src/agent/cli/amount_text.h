// Amounts as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace b3iq::agent {

// "23.4 GiB", "512 MiB", "17 B".
std::string bytes_text(std::int64_t bytes);
// "3 d 4 h", "2 h 5 min", "12 s".
std::string duration_text(std::int64_t ms);

}  // namespace b3iq::agent
