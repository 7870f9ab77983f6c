#include "base/base64.h"

namespace b3iq::base {
namespace {

constexpr std::string_view kUrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kStdAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

using Values = std::array<std::int16_t, 256>;
constexpr Values invert(std::string_view alphabet) {
  Values table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int16_t>(i);
  }
  return table;
}
constexpr Values kUrlValues = invert(kUrlAlphabet);
constexpr Values kStdValues = invert(kStdAlphabet);

// Three bytes at a time: two are written for every receipt.
void encode(ByteView bytes, std::string_view alphabet, char* at) {
  while (bytes.size() >= 3) {
    const std::uint32_t three =
        std::uint32_t{bytes[0]} << 16 | std::uint32_t{bytes[1]} << 8 | bytes[2];
    for (unsigned shift : {18u, 12u, 6u, 0u}) *at++ = alphabet[(three >> shift) & 63];
    bytes = bytes.subspan(3);
  }
  if (bytes.empty()) return;
  const std::uint32_t rest =
      std::uint32_t{bytes[0]} << 16 | (bytes.size() > 1 ? std::uint32_t{bytes[1]} << 8 : 0);
  *at++ = alphabet[(rest >> 18) & 63];
  *at++ = alphabet[(rest >> 12) & 63];
  if (bytes.size() > 1) *at = alphabet[(rest >> 6) & 63];
}

// Four characters at a time: sealed requests and answers are megabytes of it. `out` has room for
// what so many characters say.
bool decode(std::string_view text, const Values& values, std::uint8_t* at) {
  const auto value_of = [&](char c) {
    return static_cast<std::int32_t>(values[static_cast<unsigned char>(c)]);
  };
  while (text.size() >= 4) {
    const std::int32_t a = value_of(text[0]);
    const std::int32_t b = value_of(text[1]);
    const std::int32_t c = value_of(text[2]);
    const std::int32_t d = value_of(text[3]);
    if ((a | b | c | d) < 0) return false;
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
    if (value < 0) return false;
    buffer = (buffer << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      *at++ = static_cast<std::uint8_t>(buffer >> held);
    }
  }
  return held == 0 || (buffer & ((1u << held) - 1)) == 0;
}

// Nullopt where the padding is not that of the one spelling.
std::optional<std::string_view> without_padding(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return text;
}

std::optional<Bytes> decode_all(std::string_view text, const Values& values) {
  if (text.size() % 4 == 1) return std::nullopt;
  Bytes out(text.size() * 3 / 4);
  if (!decode(text, values, out.data())) return std::nullopt;
  return out;
}

}  // namespace

void write_base64url(ByteView bytes, char* out) { encode(bytes, kUrlAlphabet, out); }
void write_base64(ByteView bytes, char* out) { encode(bytes, kStdAlphabet, out); }

bool read_base64url(std::string_view text, std::span<std::uint8_t> out) {
  return text.size() == base64_chars(out.size()) && decode(text, kUrlValues, out.data());
}

bool read_base64(std::string_view text, std::span<std::uint8_t> out) {
  const auto bare = without_padding(text);
  return bare && bare->size() == base64_chars(out.size()) && decode(*bare, kStdValues, out.data());
}

std::string to_base64url(ByteView bytes) {
  std::string out(base64_chars(bytes.size()), '\0');
  write_base64url(bytes, out.data());
  return out;
}
std::optional<Bytes> from_base64url(std::string_view text) { return decode_all(text, kUrlValues); }

std::string to_base64(ByteView bytes) {
  std::string out((bytes.size() + 2) / 3 * 4, '=');
  write_base64(bytes, out.data());
  return out;
}
std::optional<Bytes> from_base64(std::string_view text) {
  const auto bare = without_padding(text);
  if (!bare) return std::nullopt;
  return decode_all(*bare, kStdValues);
}

}  // namespace b3iq::base
