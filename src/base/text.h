// Plain text: what several modules do to it.
#pragma once

#include <string_view>

namespace b3iq::base {

// Without the spaces, tabs and line ends at both sides.
constexpr std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace b3iq::base
