// Request bytes in, whatever they are: no crash, and the same reading however the bytes are cut.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/chunked.h"
#include "http/header_scan.h"
#include "http/request_parser.h"

namespace {

using namespace b3iq::http;

constexpr ScanLimits kLimits{512, 4096, 20};

void require(bool holds) {
  if (!holds) std::abort();
}

struct Scanned {
  ScanResult result = ScanResult::need_more;
  std::string head;
  std::size_t consumed = 0;
  bool operator==(const Scanned&) const = default;
};

Scanned scan(std::string_view bytes, std::size_t step) {
  HeaderScan scanner;
  Scanned out;
  for (std::size_t end = 0; end < bytes.size() && out.result == ScanResult::need_more;) {
    end = std::min(bytes.size(), end + step);
    out.result = scanner.feed(bytes.substr(0, end), kLimits);
  }
  if (out.result == ScanResult::complete) {
    out.head = scanner.head(bytes);
    out.consumed = scanner.consumed();
  }
  return out;
}

void check_path(std::string_view path) {
  require(!path.empty() && path.front() == '/');
  require(path.find('\0') == std::string_view::npos && path.find("//") == std::string_view::npos);
  const std::string padded = std::string(path) + "/";
  require(padded.find("/../") == std::string::npos && padded.find("/./") == std::string::npos);
}

std::string decode(std::string bytes, std::size_t step, bool& failed, bool& finished) {
  ChunkedDecoder decoder;
  std::string out;
  for (std::size_t at = 0; at < bytes.size() && !decoder.failed() && !decoder.finished();) {
    const std::size_t size = std::min(step, bytes.size() - at);
    const auto done = decoder.decode({bytes.data() + at, size});
    require(done.consumed <= size && done.produced <= done.consumed);
    out.append(bytes.data() + at, done.produced);
    at += done.consumed;
  }
  failed = decoder.failed();
  finished = decoder.finished();
  return out;
}

}  // namespace

int fuzz_http_request(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Scanned whole = scan(bytes, size + 1);
  const Scanned cut = scan(bytes, 1);
  // Cut differently a broken block may be refused for another of its faults, but never taken.
  require((whole.result == ScanResult::complete) == (cut.result == ScanResult::complete));
  if (whole.result != ScanResult::complete) return 0;
  require(whole == cut);

  Request request;
  RequestFraming framing;
  std::string storage;
  if (parse_request_head(whole.head, request, framing, storage)) return 0;
  check_path(request.path);
  require(!(framing.chunked && framing.content_length));
  for (const auto& header : request.headers) {
    require(header.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
    require(header.name.find_first_of(": \t\r\n") == std::string_view::npos);
  }
  if (framing.chunked) {
    const std::string body(bytes.substr(whole.consumed));
    bool failed[2];
    bool finished[2];
    const std::string one = decode(body, body.size() + 1, failed[0], finished[0]);
    const std::string two = decode(body, 1, failed[1], finished[1]);
    require(failed[0] == failed[1] && finished[0] == finished[1]);
    require(failed[0] || one == two);
  }
  return 0;
}
