#include "agent/telemetry/trace_context.h"

#include <algorithm>
#include <span>

namespace b3iq::agent {

namespace {

constexpr std::size_t kTextBytes = 55;
constexpr char kDigits[] = "0123456789abcdef";

// Lower case only, as the standard wants it.
int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool read_hex(std::string_view text, std::span<std::uint8_t> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = digit_value(text[2 * i]);
    const int low = digit_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

bool is_zero(std::span<const std::uint8_t> bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

char* write_hex(char* out, std::span<const std::uint8_t> bytes) {
  for (const auto byte : bytes) {
    *out++ = kDigits[byte >> 4];
    *out++ = kDigits[byte & 15];
  }
  return out;
}

template <class Id>
Id random_id(base::Random& random) {
  Id id{};
  do {
    random.fill(id);
  } while (is_zero(id));
  return id;
}

}  // namespace

std::optional<TraceParent> parse_traceparent(std::string_view header) {
  if (header.size() < kTextBytes) return std::nullopt;
  if (header[2] != '-' || header[35] != '-' || header[52] != '-') return std::nullopt;
  std::array<std::uint8_t, 1> version{};
  std::array<std::uint8_t, 1> flags{};
  TraceParent parent;
  const bool read =
      read_hex(header.substr(0, 2), version) && read_hex(header.substr(3, 32), parent.trace_id) &&
      read_hex(header.substr(36, 16), parent.span_id) && read_hex(header.substr(53, 2), flags);
  if (!read || version[0] == 0xFF || is_zero(parent.trace_id) || is_zero(parent.span_id))
    return std::nullopt;
  const bool longer = header.size() > kTextBytes;
  if (longer && (version[0] == 0 || header[kTextBytes] != '-')) return std::nullopt;
  parent.sampled = (flags[0] & 1) != 0;
  return parent;
}

TraceParentText traceparent_text(const TraceContext& context) {
  TraceParentText text{};
  char* out = text.data();
  *out++ = '0';
  *out++ = '0';
  *out++ = '-';
  out = write_hex(out, context.trace_id);
  *out++ = '-';
  out = write_hex(out, context.span_id);
  *out++ = '-';
  *out++ = '0';
  *out++ = context.sampled ? '1' : '0';
  return text;
}

TraceId random_trace_id(base::Random& random) { return random_id<TraceId>(random); }
SpanId random_span_id(base::Random& random) { return random_id<SpanId>(random); }

}  // namespace b3iq::agent
