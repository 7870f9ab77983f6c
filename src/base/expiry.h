// When something ends, as people write it.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace b3iq::base {

// "90d", "12h", "30m" or an RFC 3339 time in the future, as an absolute time in ms. Error:
// invalid_request with the param `expires`.
Result<std::int64_t> parse_expiry(std::string_view text, std::int64_t now_ms);

}  // namespace b3iq::base
