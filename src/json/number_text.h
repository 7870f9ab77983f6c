// Numbers as JSON text. Private to this module.
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <string>

namespace b3iq::json {

template <class Integer>
void append_integer(std::string& out, Integer number) {
  std::array<char, 24> digits;
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), result.ptr);
}

// The shortest text that reads back as the same double; null for NaN and infinity, which JSON does
// not have.
inline void append_real(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out.append("null");
    return;
  }
  std::array<char, 32> digits;
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), result.ptr);
}

}  // namespace b3iq::json
