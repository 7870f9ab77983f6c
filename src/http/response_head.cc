#include "http/response_head.h"

#include <charconv>

#include "http/http_text.h"

namespace b3iq::http {
namespace {

void append_number(std::string& out, std::uint64_t number) {
  char text[20];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  out.append(text, static_cast<std::size_t>(end - text));
}

}  // namespace

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 499:
      return "Client Closed Request";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

bool append_header_line(std::string& out, std::string_view name, std::string_view value) {
  if (name.empty() || !all_of_class(name, kTokenChar) || !all_of_class(value, kValueChar))
    return false;
  out.append(name).append(": ").append(value).append("\r\n");
  return true;
}

std::size_t append_response_head(std::string& out, const ResponseHead& head,
                                 const std::vector<Header>& headers) {
  if (head.status == 200) {
    out.append("HTTP/1.1 200 OK\r\n");
  } else {
    out.append("HTTP/1.1 ");
    append_number(out, static_cast<std::uint64_t>(head.status));
    out.append(" ").append(reason_phrase(head.status)).append("\r\n");
  }
  out.append(head.date_line);
  if (!head.content_type.empty())
    out.append("Content-Type: ").append(head.content_type).append("\r\n");
  if (head.framing == BodyFraming::length) {
    out.append("Content-Length: ");
    append_number(out, head.content_length);
    out.append("\r\n");
  } else if (head.framing == BodyFraming::chunked) {
    out.append("Transfer-Encoding: chunked\r\n");
  }
  if (head.close) {
    out.append("Connection: close\r\n");
  } else if (head.keep_alive_line) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("X-Request-Id: ").append(head.request_id).append("\r\n");
  out.append(head.fixed_lines);
  std::size_t refused = 0;
  for (const auto& header : headers) refused += !append_header_line(out, header.name, header.value);
  out.append("\r\n");
  return refused;
}

}  // namespace b3iq::http
