// Scanning of string contents, shared by the parser and the writer. Private to this module.
#pragma once

#include <cstdint>
#include <cstring>

namespace b3iq::json {

// True for bytes that cannot be taken as they are: controls, quote, backslash, and the start of
// what must be checked.
inline bool is_special(unsigned char c) { return c < 0x20 || c == '"' || c == '\\' || c >= 0x80; }

// True when any of eight bytes may be special. Exact tests follow, so a false alarm would only cost
// time.
inline bool any_special(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
  constexpr std::uint64_t kHigh = 0x8080'8080'8080'8080;
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t slash = word ^ (kOnes * '\\');
  const std::uint64_t low = word - kOnes * 0x20;
  return ((word | low | (quote - kOnes) | (slash - kOnes)) & kHigh) != 0;
}

inline const char* next_special(const char* p, const char* end) {
  while (end - p >= 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    if (any_special(word)) break;
    p += 8;
  }
  while (p < end && !is_special(static_cast<unsigned char>(*p))) ++p;
  return p;
}

// Length of the UTF-8 sequence at `text`, or 0 when it is not well formed or cut off. `*text` is at
// least 0x80.
inline int sequence_length(const char* text, const char* end) {
  const auto* p = reinterpret_cast<const unsigned char*>(text);
  const auto left = end - text;
  const auto tail = [&](int i, unsigned low = 0x80, unsigned high = 0xBF) {
    return i < left && p[i] >= low && p[i] <= high;
  };
  const unsigned c = p[0];
  if (c >= 0xC2 && c <= 0xDF) return tail(1) ? 2 : 0;
  if (c >= 0xE0 && c <= 0xEF) {
    const bool second = tail(1, c == 0xE0 ? 0xA0 : 0x80, c == 0xED ? 0x9F : 0xBF);
    return second && tail(2) ? 3 : 0;
  }
  if (c >= 0xF0 && c <= 0xF4) {
    const bool second = tail(1, c == 0xF0 ? 0x90 : 0x80, c == 0xF4 ? 0x8F : 0xBF);
    return second && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace b3iq::json
