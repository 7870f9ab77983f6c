// Whether a command prints for people or, with --json, for programs.
#pragma once

#include <cstdint>

namespace b3iq::cli {

enum class OutputForm : std::uint8_t { text, json };

}  // namespace b3iq::cli
