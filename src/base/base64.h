// Base64 of a known length, into memory that the caller has. base/bytes.h has the same for lengths
// that only the text knows. Strict as there: one spelling per value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace b3iq::base {

// Characters without padding.
constexpr std::size_t base64_chars(std::size_t bytes) { return (bytes * 8 + 5) / 6; }

// Writes base64_chars(bytes.size()) characters to `out`; no padding.
void write_base64url(ByteView bytes, char* out);
void write_base64(ByteView bytes, char* out);

// False unless `text` is the spelling of exactly out.size() bytes; then `out` holds no value.
bool read_base64url(std::string_view text, std::span<std::uint8_t> out);
// With its padding.
bool read_base64(std::string_view text, std::span<std::uint8_t> out);

// A value's base64url as an array of characters, which lives where it is made.
template <std::size_t N>
std::array<char, base64_chars(N)> base64url_of(const std::array<std::uint8_t, N>& bytes) {
  std::array<char, base64_chars(N)> text;
  write_base64url(bytes, text.data());
  return text;
}

}  // namespace b3iq::base
