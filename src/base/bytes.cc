#include "base/bytes.h"

#include <array>

namespace b3iq::base {
namespace {

constexpr std::string_view kUrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kStdAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase32Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::string_view kHex = "0123456789abcdef";

constexpr std::array<std::int16_t, 256> invert(std::string_view alphabet) {
  std::array<std::int16_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int16_t>(i);
  }
  return table;
}
constexpr auto kUrlValues = invert(kUrlAlphabet);
constexpr auto kStdValues = invert(kStdAlphabet);
constexpr auto kHexValues = invert(kHex);

// Most significant bits first, `width` bits a character.
std::string encode(ByteView bytes, std::string_view alphabet, unsigned width) {
  std::string out((bytes.size() * 8 + width - 1) / width, '\0');
  char* at = out.data();
  std::uint32_t buffer = 0;
  unsigned held = 0;
  const std::uint32_t mask = (1u << width) - 1;
  for (std::uint8_t byte : bytes) {
    buffer = (buffer << 8) | byte;
    held += 8;
    while (held >= width) {
      held -= width;
      *at++ = alphabet[(buffer >> held) & mask];
    }
  }
  if (held > 0) *at = alphabet[(buffer << (width - held)) & mask];
  return out;
}

// The same for six bits, three bytes at a time: two are written for every receipt.
std::string encode64(ByteView bytes, std::string_view alphabet) {
  std::string out((bytes.size() * 8 + 5) / 6, '\0');
  char* at = out.data();
  while (bytes.size() >= 3) {
    const std::uint32_t three =
        std::uint32_t{bytes[0]} << 16 | std::uint32_t{bytes[1]} << 8 | bytes[2];
    for (unsigned shift : {18u, 12u, 6u, 0u}) *at++ = alphabet[(three >> shift) & 63];
    bytes = bytes.subspan(3);
  }
  if (!bytes.empty())
    out.replace(static_cast<std::size_t>(at - out.data()), std::string::npos,
                encode(bytes, alphabet, 6));
  return out;
}

// Four characters at a time: sealed requests and answers are megabytes of it.
std::optional<Bytes> decode64(std::string_view text, const std::array<std::int16_t, 256>& values) {
  if (text.size() % 4 == 1) return std::nullopt;
  const auto value_of = [&](char c) {
    return static_cast<std::int32_t>(values[static_cast<unsigned char>(c)]);
  };
  Bytes out(text.size() * 3 / 4);
  std::uint8_t* at = out.data();
  while (text.size() >= 4) {
    const std::int32_t a = value_of(text[0]);
    const std::int32_t b = value_of(text[1]);
    const std::int32_t c = value_of(text[2]);
    const std::int32_t d = value_of(text[3]);
    if ((a | b | c | d) < 0) return std::nullopt;
    const auto four = static_cast<std::uint32_t>(a << 18 | b << 12 | c << 6 | d);
    *at++ = static_cast<std::uint8_t>(four >> 16);
    *at++ = static_cast<std::uint8_t>(four >> 8);
    *at++ = static_cast<std::uint8_t>(four);
    text.remove_prefix(4);
  }
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (char c : text) {
    const std::int32_t value = value_of(c);
    if (value < 0) return std::nullopt;
    buffer = (buffer << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      *at++ = static_cast<std::uint8_t>(buffer >> held);
    }
  }
  if (held > 0 && (buffer & ((1u << held) - 1)) != 0) return std::nullopt;
  return out;
}

}  // namespace

std::string to_base64url(ByteView bytes) { return encode64(bytes, kUrlAlphabet); }
std::optional<Bytes> from_base64url(std::string_view text) { return decode64(text, kUrlValues); }

std::string to_base64(ByteView bytes) {
  std::string out = encode64(bytes, kStdAlphabet);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::optional<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode64(text, kStdValues);
}

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

std::string to_base32(ByteView bytes) { return encode(bytes, kBase32Alphabet, 5); }

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
