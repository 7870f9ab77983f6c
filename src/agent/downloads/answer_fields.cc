#include "agent/downloads/answer_fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace b3iq::agent {
namespace {

constexpr std::size_t kMaxNumberDigits = 18;
constexpr std::size_t kFixdateBytes = 29;
constexpr std::int64_t kMsPerSecond = 1'000;

std::optional<std::int64_t> number(std::string_view digits) {
  if (digits.empty() || digits.size() > kMaxNumberDigits) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || value < 0) {
    return std::nullopt;
  }
  // from_chars takes a minus, which no field here has.
  return digits.front() == '-' ? std::nullopt : std::optional(value);
}

std::optional<int> month_number(std::string_view name) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto found = std::ranges::find(kMonths, name);
  if (found == kMonths.end()) return std::nullopt;
  return static_cast<int>(found - kMonths.begin()) + 1;
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  if (!text.starts_with(kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view part = text.substr(0, slash);
  const std::string_view total = text.substr(slash + 1);
  ContentRange range;
  if (total != "*") {
    range.total = number(total);
    if (!range.total) return std::nullopt;
  }
  if (part == "*") return range.total ? std::optional(range) : std::nullopt;
  const auto dash = part.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = number(part.substr(0, dash));
  const auto last = number(part.substr(dash + 1));
  if (!first || !last || *first > *last || (range.total && *last >= *range.total)) {
    return std::nullopt;
  }
  range.has_part = true;
  range.first = *first;
  range.last = *last;
  return range;
}

bool is_strong_etag(std::string_view etag) {
  if (etag.size() < 2 || etag.size() > kMaxValidatorBytes) return false;
  if (etag.front() != '"' || etag.back() != '"') return false;
  const std::string_view inner = etag.substr(1, etag.size() - 2);
  // etagc: visible ASCII but the quote, and bytes above it.
  return std::ranges::all_of(inner, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != '"' && byte != 0x7F;
  });
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  // "Sun, 22 Nov 2026 06:30:00 GMT": everything has its place.
  if (text.size() != kFixdateBytes || text.substr(3, 2) != ", " || text.substr(25) != " GMT" ||
      text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':') {
    return std::nullopt;
  }
  const auto day = number(text.substr(5, 2));
  const auto month = month_number(text.substr(8, 3));
  const auto year = number(text.substr(12, 4));
  const auto hour = number(text.substr(17, 2));
  const auto minute = number(text.substr(20, 2));
  const auto second = number(text.substr(23, 2));
  if (!day || !month || !year || !hour || !minute || !second) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return (((days * 24 + *hour) * 60 + *minute) * 60 + *second) * kMsPerSecond;
}

std::optional<std::string> strong_validator(std::optional<std::string_view> etag,
                                            std::optional<std::string_view> last_modified,
                                            std::optional<std::string_view> date) {
  if (etag && is_strong_etag(*etag)) return std::string(*etag);
  if (!last_modified || !date) return std::nullopt;
  const auto changed = parse_http_date(*last_modified);
  const auto answered = parse_http_date(*date);
  // A file changed within the second of its answer may change again under the same date.
  if (!changed || !answered || *changed >= *answered) return std::nullopt;
  return std::string(*last_modified);
}

std::optional<std::int64_t> parse_retry_after(std::string_view text, std::int64_t wall_ms,
                                              std::int64_t limit_ms) {
  std::optional<std::int64_t> wait;
  if (const auto seconds = number(text)) {
    wait = std::min(*seconds, limit_ms / kMsPerSecond + 1) * kMsPerSecond;
  } else if (const auto date = parse_http_date(text)) {
    wait = *date - wall_ms;
  }
  if (!wait) return std::nullopt;
  return std::clamp<std::int64_t>(*wait, 0, limit_ms);
}

}  // namespace b3iq::agent
