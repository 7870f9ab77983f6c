#include "http/response_parser.h"

#include "http/field_parser.h"
#include "http/http_text.h"

namespace b3iq::http {
namespace {

constexpr std::size_t kUsualHeaders = 8;

const char* parse_status_line(std::string_view line, int& minor, int& status) {
  // HTTP-version SP 3DIGIT [ SP reason ]
  if (line.size() < 12 || line.substr(0, 7) != "HTTP/1." || !is_digit(line[7]) || line[8] != ' ') {
    return "it does not begin with an HTTP/1 status line";
  }
  minor = line[7] - '0';
  status = 0;
  for (char c : line.substr(9, 3)) {
    if (!is_digit(c)) return "its status is not a number of three digits";
    status = status * 10 + (c - '0');
  }
  if (status < 100 || (line.size() > 12 && line[12] != ' '))
    return "its status is not a number of three digits";
  return all_of_class(line.substr(12), kValueChar) ? nullptr
                                                   : "its reason phrase holds a control character";
}

}  // namespace

const char* parse_response_head(std::string_view block, ResponseInfo& out) {
  out = ResponseInfo();
  out.headers.reserve(kUsualHeaders);
  FieldLines lines(block);
  int minor = 0;
  if (const char* why = parse_status_line(lines.first_line(), minor, out.status)) return why;
  unsigned encodings = 0;
  bool close = false;
  bool keep_alive = false;
  HeaderView header;
  for (;;) {
    const auto next = lines.next(header);
    if (next == FieldLines::Next::end) break;
    if (next != FieldLines::Next::field) return "a header line is malformed";
    out.headers.push_back(header);
    if (equal_ignoring_case(header.name, "content-length")) {
      const auto length = parse_content_length(header.value);
      if (!length || (out.content_length && *out.content_length != *length))
        return "its Content-Length is not one number";
      out.content_length = length;
    } else if (equal_ignoring_case(header.name, "transfer-encoding")) {
      if (++encodings > 1 || !equal_ignoring_case(header.value, "chunked"))
        return "its Transfer-Encoding is not chunked";
      out.chunked = true;
    } else if (equal_ignoring_case(header.name, "connection")) {
      close |= list_has_token(header.value, "close");
      keep_alive |= list_has_token(header.value, "keep-alive");
    }
  }
  if (out.chunked && out.content_length) return "it has both Content-Length and Transfer-Encoding";
  out.keep_alive = !close && (minor >= 1 || keep_alive);
  return nullptr;
}

}  // namespace b3iq::http
