#include "http/query_parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/bytes.h"

namespace b3iq::http {

std::string decoded_parameter(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    unsigned char byte = 0;
    const auto* digits = value.data() + i + 1;
    if (value[i] == '%' && i + 2 < value.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += value[i] == '+' ? ' ' : value[i];
    }
  }
  return out;
}

base::Result<std::string> text_parameter(std::string_view name, std::string_view value,
                                         std::size_t max_bytes) {
  auto text = decoded_parameter(value);
  const bool plain = base::valid_utf8(text) && std::ranges::none_of(text, [](char c) {
                       return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
                     });
  if (text.size() > max_bytes || !plain) {
    return base::Error(
        base::ErrorCode::invalid_request,
        fmt::format("{} is a text of at most {} bytes of UTF-8, without control characters.", name,
                    max_bytes),
        std::string(name));
  }
  return text;
}

base::Result<std::int64_t> integer_parameter(std::string_view name, std::string_view text,
                                             std::int64_t low, std::int64_t high) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || value < low || value > high) {
    return base::Error(base::ErrorCode::invalid_request,
                       fmt::format("{} is a whole number from {} to {}.", name, low, high),
                       std::string(name));
  }
  return value;
}

}  // namespace b3iq::http
