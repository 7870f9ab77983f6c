// The header block of an answer from upstream, strictly read; hostile servers are part of the plan.
// Plain bytes, no IO.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace b3iq::http {

inline constexpr std::size_t kMaxStatusLineBytes = 4 * 1024;
inline constexpr std::size_t kMaxResponseHeaders = 200;

struct ResponseInfo {
  int status = 0;
  std::vector<HeaderView> headers;  // views into the block
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = false;

  // 204, 304 and answers to HEAD have none whatever their header says.
  bool has_body(bool head_request) const {
    return !head_request && status >= 200 && status != 204 && status != 304;
  }
};

// `block`: lines ended by CRLF, without the empty one. Returns null, or what is wrong.
const char* parse_response_head(std::string_view block, ResponseInfo& out);

}  // namespace b3iq::http
