#include "base/expiry.h"

#include <charconv>

#include "base/bytes.h"
#include "base/clock.h"

namespace b3iq::base {
namespace {

constexpr std::int64_t kMaxExpiryDays = 36'500;

}  // namespace

Result<std::int64_t> parse_expiry(std::string_view text, std::int64_t now_ms) {
  std::int64_t at = 0;
  if (parse_rfc3339(text, at)) {
    if (at <= now_ms)
      return Error(ErrorCode::invalid_request, "The expiry lies in the past.", "expires");
    return at;
  }
  std::int64_t count = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const std::int64_t unit_ms = unit == "d"   ? 86'400'000
                               : unit == "h" ? 3'600'000
                               : unit == "m" ? 60'000
                                             : 0;
  if (failure != std::errc() || unit_ms == 0 || count <= 0 || count > kMaxExpiryDays * 1440) {
    return Error(ErrorCode::invalid_request,
                 "The expiry is a duration such as 90d, 12h or 30m, or a UTC time such as "
                 "2027-01-31T00:00:00Z.",
                 "expires");
  }
  return now_ms + count * unit_ms;
}

}  // namespace b3iq::base
