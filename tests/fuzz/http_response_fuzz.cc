// A hostile upstream's bytes: header and body framing of an answer.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/chunked.h"
#include "http/header_scan.h"
#include "http/response_parser.h"

int fuzz_http_response(const std::uint8_t* data, std::size_t size) {
  using namespace b3iq::http;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  HeaderScan scan;
  if (scan.feed(bytes, {kMaxStatusLineBytes, 64 * 1024, kMaxResponseHeaders}) !=
      ScanResult::complete)
    return 0;
  ResponseInfo info;
  if (parse_response_head(scan.head(bytes), info) != nullptr) return 0;
  if (info.status < 100 || info.status > 999) std::abort();
  if (info.chunked && info.content_length) std::abort();
  if (!info.chunked) return 0;
  ChunkedDecoder decoder;
  const std::size_t body = scan.consumed();
  const auto step = decoder.decode({bytes.data() + body, bytes.size() - body});
  if (step.consumed > bytes.size() - body || step.produced > step.consumed) std::abort();
  return 0;
}
