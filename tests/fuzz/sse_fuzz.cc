// An event stream gives the same events however its bytes are cut.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/sse.h"

namespace {

std::vector<std::string> events(std::string_view bytes, std::size_t step) {
  b3iq::http::SseReader reader;
  std::vector<std::string> out;
  b3iq::http::SseReader::Event event;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    if (!reader.feed(bytes.substr(at, step)).ok()) break;
    while (reader.next(event))
      out.push_back(std::string(event.event) + "\n" + std::string(event.data));
  }
  return out;
}

}  // namespace

int fuzz_sse(const std::uint8_t* data, std::size_t size) {
  if (size > 64 * 1024) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = events(bytes, size + 1);
  if (whole != events(bytes, 1) || whole != events(bytes, 3)) std::abort();
  return 0;
}
