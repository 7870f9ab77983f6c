// Header fields that decide how a download goes on, strictly read. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace b3iq::agent {

// Longer validators are not kept.
inline constexpr std::size_t kMaxValidatorBytes = 1024;

// Content-Range of a 206 and of a 416 (RFC 9110 section 14.4):
//   "bytes" SP first "-" last "/" (total / "*")      a part of the file; first <= last < total
//   "bytes" SP "*" "/" total                         nothing of it: only how long it is
struct ContentRange {
  bool has_part = false;
  std::int64_t first = 0;
  std::int64_t last = 0;  // the last byte's own place
  std::optional<std::int64_t> total;
};
std::optional<ContentRange> parse_content_range(std::string_view text);

// What If-Range may carry: a strong entity tag, or else the date of the last change, when it is
// older than the answer itself (RFC 9110 sections 8.8.2.2 and 13.1.5). Nothing when the server gave
// neither.
std::optional<std::string> strong_validator(std::optional<std::string_view> etag,
                                            std::optional<std::string_view> last_modified,
                                            std::optional<std::string_view> date);
// Whether `etag` is a strong entity tag of sane length.
bool is_strong_etag(std::string_view etag);
// IMF-fixdate ("Sun, 22 Nov 2026 06:30:00 GMT") as milliseconds since 1970.
std::optional<std::int64_t> parse_http_date(std::string_view text);

// Retry-After as milliseconds from now: seconds or a date; never negative, at most `limit_ms`.
std::optional<std::int64_t> parse_retry_after(std::string_view text, std::int64_t wall_ms,
                                              std::int64_t limit_ms);

}  // namespace b3iq::agent
