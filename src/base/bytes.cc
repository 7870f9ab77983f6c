#include "base/bytes.h"

#include <array>

namespace b3iq::base {
namespace {

constexpr std::string_view kBase32Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::string_view kHex = "0123456789abcdef";

constexpr std::array<std::int16_t, 256> hex_values() {
  std::array<std::int16_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < kHex.size(); ++i) {
    table[static_cast<unsigned char>(kHex[i])] = static_cast<std::int16_t>(i);
  }
  return table;
}
constexpr auto kHexValues = hex_values();

}  // namespace

void append_hex(std::string& out, ByteView bytes) {
  const std::size_t before = out.size();
  out.resize(before + 2 * bytes.size());
  char* at = out.data() + before;
  for (std::uint8_t byte : bytes) {
    *at++ = kHex[byte >> 4];
    *at++ = kHex[byte & 15];
  }
}

std::string to_hex(ByteView bytes) {
  std::string out;
  append_hex(out, bytes);
  return out;
}

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = kHexValues[static_cast<unsigned char>(text[i])];
    const int low = kHexValues[static_cast<unsigned char>(text[i + 1])];
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return out;
}

// Most significant bits first.
std::string to_base32(ByteView bytes) {
  constexpr unsigned kWidth = 5;
  constexpr std::uint32_t kMask = (1u << kWidth) - 1;
  std::string out((bytes.size() * 8 + kWidth - 1) / kWidth, '\0');
  char* at = out.data();
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (std::uint8_t byte : bytes) {
    buffer = (buffer << 8) | byte;
    held += 8;
    while (held >= kWidth) {
      held -= kWidth;
      *at++ = kBase32Alphabet[(buffer >> held) & kMask];
    }
  }
  if (held > 0) *at = kBase32Alphabet[(buffer << (kWidth - held)) & kMask];
  return out;
}

bool equal_constant_time(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

bool valid_utf8(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* end = p + text.size();
  const auto tail = [&](int n) { return p + n < end && (p[n] & 0xC0) == 0x80; };
  while (p < end) {
    const unsigned c = *p;
    if (c < 0x80) {
      p += 1;
    } else if (c >= 0xC2 && c <= 0xDF) {
      if (!tail(1)) return false;
      p += 2;
    } else if (c >= 0xE0 && c <= 0xEF) {
      if (!tail(1) || !tail(2)) return false;
      if (c == 0xE0 && p[1] < 0xA0) return false;
      if (c == 0xED && p[1] > 0x9F) return false;
      p += 3;
    } else if (c >= 0xF0 && c <= 0xF4) {
      if (!tail(1) || !tail(2) || !tail(3)) return false;
      if (c == 0xF0 && p[1] < 0x90) return false;
      if (c == 0xF4 && p[1] > 0x8F) return false;
      p += 4;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace b3iq::base
