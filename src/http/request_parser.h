// One request's header block, strictly read (RFC 9112; what is ambiguous between readers is
// refused). Works on plain bytes; no IO, no allocation when the vectors and strings given have
// room.
//
//   block        = request-line CRLF *( field-name ":" OWS field-value OWS CRLF )
//   request-line = method SP target SP "HTTP/1." ( "0" / "1" )
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/message.h"

namespace b3iq::http {

inline constexpr std::size_t kMaxMethodBytes = 32;

// What decides where the request ends and whether the connection lives on.
struct RequestFraming {
  int minor_version = 1;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool expect_continue = false;
  bool keep_alive = true;
  std::string_view request_id;  // the caller's, unchecked

  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

struct ParseFailure {
  base::ErrorCode code;
  const char* detail;
};

// `block`: lines ended by CRLF, without the empty one. Fills method, target, path, query and
// headers of `request`; `path_storage` holds a decoded path. Views point into `block`.
std::optional<ParseFailure> parse_request_head(std::string_view block, Request& request,
                                               RequestFraming& framing, std::string& path_storage);

}  // namespace b3iq::http
