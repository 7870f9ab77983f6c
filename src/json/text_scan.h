// Scanning of string contents, shared by the parser and the writer. Private to this module.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace b3iq::json {

// The high bit of every special byte of eight, and perhaps of bytes behind the first special one (a
// borrow runs upwards): the lowest bit set is always exact.
inline std::uint64_t special_bits(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
  constexpr std::uint64_t kHigh = 0x8080'8080'8080'8080;
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t slash = word ^ (kOnes * '\\');
  const std::uint64_t low = word - kOnes * 0x20;
  return (word | low | (quote - kOnes) | (slash - kOnes)) & kHigh;
}

// Fewer than eight bytes with zeros behind them. A zero is special, so a search ends there.
inline std::uint64_t load_short(const char* p, std::size_t n) {
  if (n >= 4) {
    std::uint32_t first;
    std::uint32_t last;
    std::memcpy(&first, p, 4);
    std::memcpy(&last, p + n - 4, 4);
    return first | std::uint64_t{last} << (8 * (n - 4));
  }
  if (n == 0) return 0;
  const auto byte = [p](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(p[i])}; };
  return byte(0) | byte(n / 2) << (8 * (n / 2)) | byte(n - 1) << (8 * (n - 1));
}

// Compilers make vector code of it.
using SixteenBytes [[gnu::vector_size(16)]] = signed char;

// For each of the sixteen bytes at `p`, whether it is special.
inline SixteenBytes special_of(const char* p) {
  SixteenBytes bytes;
  std::memcpy(&bytes, p, sizeof(bytes));
  // Bytes from 0x80 up are negative here.
  return (bytes < 0x20) | (bytes == '"') | (bytes == '\\');
}

inline bool any(SixteenBytes special) {
  std::uint64_t halves[2];
  std::memcpy(halves, &special, sizeof(special));
  return (halves[0] | halves[1]) != 0;
}

// `p` or, in whole steps of `kVectors` times sixteen bytes, a place behind it; nothing between them
// is special.
template <std::ptrdiff_t kVectors>
const char* skip_plain(const char* p, const char* end) {
  constexpr std::ptrdiff_t kStep = kVectors * std::ptrdiff_t{sizeof(SixteenBytes)};
  for (; end - p >= kStep; p += kStep) {
    SixteenBytes special{};
    for (std::ptrdiff_t at = 0; at < kStep; at += sizeof(SixteenBytes))
      special |= special_of(p + at);
    if (any(special)) break;
  }
  return p;
}

inline constexpr int kWordsBeforeVectors = 2;

// The first byte that cannot be taken as it is (controls, quote, backslash, anything but ASCII), or
// `end`.
inline const char* next_special(const char* p, const char* end) {
  static_assert(std::endian::native == std::endian::little, "the first byte is the lowest one");
  const auto first_of = [](std::uint64_t bits) { return std::countr_zero(bits) / 8; };
  // Most names and many values end within two words.
  for (int words = 0; end - p >= 8; ++words) {
    if (words == kWordsBeforeVectors) {
      p = skip_plain<1>(skip_plain<8>(p, end), end);
      if (end - p < 8) break;
    }
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    if (const std::uint64_t bits = special_bits(word); bits != 0) return p + first_of(bits);
    p += 8;
  }
  return p + first_of(special_bits(load_short(p, static_cast<std::size_t>(end - p))));
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
