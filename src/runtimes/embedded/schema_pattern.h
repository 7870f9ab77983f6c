// What llama.cpp's grammars make of a `pattern`: kept, ignored (any string is let through), or
// turned into something that is no JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace b3iq::runtimes {

// Of a pattern, of minLength, maxLength, minItems and maxItems. llama.cpp takes 2,000 at most, and
// has no bound at all past it.
inline constexpr std::int64_t kMaxRepetitions = 1000;
inline constexpr std::size_t kMaxPatternBytes = 1024;
inline constexpr int kMaxPatternGroups = 16;  // within each other

struct PatternVerdict {
  enum class Kind : std::uint8_t {
    enforced,
    ignored,  // its strings would be let through, and others
    broken,   // no pattern, one past the limits, or one whose grammar writes no JSON
  } kind = Kind::enforced;
  std::string reason;  // and what to do
};

PatternVerdict judge_pattern(std::string_view pattern);

}  // namespace b3iq::runtimes
