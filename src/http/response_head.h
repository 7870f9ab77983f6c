// The bytes of an answer's header.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace b3iq::http {

enum class BodyFraming : std::uint8_t { length, chunked, until_close, none };

struct ResponseHead {
  int status = 200;
  std::string_view date_line;  // with CRLF
  std::string_view content_type;
  std::string_view request_id;
  std::string_view fixed_lines;  // default headers, with CRLF
  BodyFraming framing = BodyFraming::length;
  std::uint64_t content_length = 0;
  bool close = false;
  bool keep_alive_line = false;  // HTTP/1.0 clients are told
};

std::string_view reason_phrase(int status);
// "Name: value\r\n"; false (and nothing appended) when the name is no token or the value holds a
// control character.
bool append_header_line(std::string& out, std::string_view name, std::string_view value);
// Appends the whole header with its empty line. Headers that cannot be written are left out;
// returns how many.
std::size_t append_response_head(std::string& out, const ResponseHead& head,
                                 const std::vector<Header>& headers);

}  // namespace b3iq::http
