#include "http/request_parser.h"

#include "http/field_parser.h"
#include "http/http_text.h"
#include "http/target.h"

namespace b3iq::http {
namespace {

using base::ErrorCode;

struct HeadParser {
  Request& request;
  RequestFraming& framing;
  unsigned hosts = 0;
  unsigned lengths = 0;
  unsigned encodings = 0;
  bool encoding_is_chunked = false;
  bool close_asked = false;
  bool keep_alive_asked = false;

  std::optional<ParseFailure> request_line(std::string_view line, std::string& path_storage);
  std::optional<ParseFailure> field(std::string_view name, std::string_view value);
  std::optional<ParseFailure> finish();
};

ParseFailure malformed(const char* detail) { return {ErrorCode::bad_http, detail}; }

Method known_method(std::string_view text) {
  for (auto method : {Method::get, Method::post, Method::head, Method::put, Method::patch,
                      Method::delete_, Method::options}) {
    if (text == method_name(method)) return method;
  }
  return Method::other;
}

std::optional<ParseFailure> HeadParser::request_line(std::string_view line,
                                                     std::string& path_storage) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return malformed("the request line is not: method, space, target, space, version");
  }
  request.method_text = line.substr(0, first);
  request.target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (request.method_text.empty() || request.method_text.size() > kMaxMethodBytes ||
      !all_of_class(request.method_text, kTokenChar)) {
    request.method_text = {};
    return malformed("the method is not a token");
  }
  if (version.size() != 8 || version.substr(0, 7) != "HTTP/1." ||
      (version[7] != '0' && version[7] != '1')) {
    return malformed("only HTTP/1.1 and HTTP/1.0 are spoken here");
  }
  framing.minor_version = version[7] - '0';
  request.method = known_method(request.method_text);
  if (request.method == Method::other) {
    return ParseFailure{ErrorCode::unimplemented,
                        "this method is not served anywhere on this node"};
  }
  Target target;
  if (const char* why = parse_target(request.target, path_storage, target)) return malformed(why);
  request.path = target.path;
  request.query = target.query;
  return std::nullopt;
}

bool valid_host(std::string_view host) {
  if (host.empty()) return false;
  for (char c : host) {
    if (!is_alphanumeric(c) && std::string_view("-._:[]").find(c) == std::string_view::npos)
      return false;
  }
  return true;
}

std::optional<ParseFailure> HeadParser::field(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 4:
      if (equal_ignoring_case(name, "host")) {
        ++hosts;
        if (!valid_host(value))
          return malformed("the Host header is empty or holds a character no host name has");
      }
      break;
    case 6:
      if (equal_ignoring_case(name, "expect")) {
        if (!equal_ignoring_case(value, "100-continue")) {
          return ParseFailure{ErrorCode::expectation_failed,
                              "only Expect: 100-continue can be met"};
        }
        framing.expect_continue = true;
      }
      break;
    case 10:
      if (equal_ignoring_case(name, "connection")) {
        close_asked |= list_has_token(value, "close");
        keep_alive_asked |= list_has_token(value, "keep-alive");
      }
      break;
    case 12:
      if (equal_ignoring_case(name, "x-request-id")) framing.request_id = value;
      break;
    case 14:
      if (equal_ignoring_case(name, "content-length")) {
        ++lengths;
        framing.content_length = parse_content_length(value);
        if (!framing.content_length)
          return malformed("Content-Length is not one plain decimal number");
      }
      break;
    case 16:
      if (equal_ignoring_case(name, "content-encoding") &&
          !equal_ignoring_case(value, "identity")) {
        return ParseFailure{
            ErrorCode::unsupported_media_type,
            "request bodies must not be compressed; send them without Content-Encoding"};
      }
      break;
    case 17:
      if (equal_ignoring_case(name, "transfer-encoding")) {
        ++encodings;
        encoding_is_chunked = equal_ignoring_case(value, "chunked");
      }
      break;
    default:
      break;
  }
  return std::nullopt;
}

std::optional<ParseFailure> HeadParser::finish() {
  if (hosts > 1) return malformed("there is more than one Host header");
  if (hosts == 0 && framing.minor_version == 1) return malformed("the Host header is missing");
  if (lengths > 1) return malformed("there is more than one Content-Length");
  if (encodings > 0) {
    if (lengths > 0) return malformed("Content-Length and Transfer-Encoding exclude each other");
    if (encodings > 1 || !encoding_is_chunked)
      return malformed("the only Transfer-Encoding served is: chunked, once");
    if (framing.minor_version == 0) return malformed("HTTP/1.0 has no Transfer-Encoding");
    framing.chunked = true;
  }
  framing.keep_alive = !close_asked && (framing.minor_version == 1 || keep_alive_asked);
  return std::nullopt;
}

}  // namespace

std::optional<ParseFailure> parse_request_head(std::string_view block, Request& request,
                                               RequestFraming& framing, std::string& path_storage) {
  framing = RequestFraming();
  request.headers.clear();
  HeadParser parser{request, framing};
  FieldLines lines(block);
  if (auto failure = parser.request_line(lines.first_line(), path_storage)) return failure;
  HeaderView header;
  for (;;) {
    switch (lines.next(header)) {
      case FieldLines::Next::field:
        request.headers.push_back(header);
        if (auto failure = parser.field(header.name, header.value)) return failure;
        break;
      case FieldLines::Next::end:
        return parser.finish();
      case FieldLines::Next::folded:
        return malformed("a header line begins with a blank (folded lines are obsolete)");
      case FieldLines::Next::bad_name:
        return malformed(
            "a header name is empty, holds a blank before the colon, or is not a token");
      case FieldLines::Next::bad_value:
        return malformed("a header value holds a control character");
    }
  }
}

}  // namespace b3iq::http
