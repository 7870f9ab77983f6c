#include "http/header_scan.h"

#include <cstring>

namespace b3iq::http {
namespace {
// RFC 9112 2.2: a server should ignore an empty line before the request line. One, not an endless
// row.
constexpr std::size_t kMaxBlankBytes = 2;
}  // namespace

ScanResult HeaderScan::feed(std::string_view bytes, const ScanLimits& limits) {
  while (position_ < bytes.size()) {
    const auto* found = static_cast<const char*>(
        std::memchr(bytes.data() + position_, '\n', bytes.size() - position_));
    if (!found) {
      position_ = bytes.size();
      break;
    }
    const auto at = static_cast<std::size_t>(found - bytes.data());
    position_ = at + 1;
    if (at == line_ || bytes[at - 1] != '\r') return ScanResult::bare_lf;
    const std::size_t length = at - 1 - line_;
    if (length == 0) {
      if (lines_ > 0) {
        end_ = line_;
        return ScanResult::complete;
      }
      if (position_ > kMaxBlankBytes) return ScanResult::bare_lf;
      start_ = position_;
    } else {
      if (lines_ == 0 && length > limits.max_first_line_bytes)
        return ScanResult::first_line_too_long;
      if (lines_ > limits.max_lines) return ScanResult::too_many_lines;
      ++lines_;
    }
    line_ = position_;
    if (position_ - start_ > limits.max_block_bytes) return ScanResult::block_too_long;
  }
  if (lines_ == 0 && position_ - line_ > limits.max_first_line_bytes + 1)
    return ScanResult::first_line_too_long;
  if (position_ - start_ > limits.max_block_bytes) return ScanResult::block_too_long;
  return ScanResult::need_more;
}

}  // namespace b3iq::http
