// The character classes and number forms of RFC 9110/9112, strict.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace b3iq::http {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alphanumeric(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

inline constexpr std::uint8_t kTokenChar = 1;  // tchar
inline constexpr std::uint8_t kValueChar = 2;  // field-vchar, SP, HTAB, obs-text
inline constexpr std::uint8_t kTargetChar =
    4;  // visible ASCII without '#', '"', '<', '>', '\\', '^', '`', '{', '|', '}'

constexpr std::array<std::uint8_t, 256> make_character_table() {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    std::uint8_t bits = 0;
    const char symbol = static_cast<char>(c);
    if (is_alphanumeric(symbol) ||
        std::string_view("!#$%&'*+-.^_`|~").find(symbol) != std::string_view::npos) {
      bits |= kTokenChar;
    }
    if (c == '\t' || (c >= 0x20 && c != 0x7F)) bits |= kValueChar;
    if (c > 0x20 && c < 0x7F &&
        std::string_view("#\"<>\\^`{|}").find(symbol) == std::string_view::npos) {
      bits |= kTargetChar;
    }
    table[c] = bits;
  }
  return table;
}
inline constexpr auto kCharacters = make_character_table();

inline bool all_of_class(std::string_view text, std::uint8_t wanted) {
  const auto bits = [&text](std::size_t i) {
    return kCharacters[static_cast<unsigned char>(text[i])];
  };
  std::size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    if (!(bits(i) & bits(i + 1) & bits(i + 2) & bits(i + 3) & wanted)) return false;
  }
  for (; i < text.size(); ++i) {
    if (!(bits(i) & wanted)) return false;
  }
  return true;
}

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

inline std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// 1*DIGIT up to 18 digits, nothing else.
std::optional<std::uint64_t> parse_content_length(std::string_view text);
// Value of a hexadecimal digit, or -1.
int hex_value(char c);
// True when the comma-separated list holds `token` (case-insensitive).
bool list_has_token(std::string_view list, std::string_view token);

}  // namespace b3iq::http
