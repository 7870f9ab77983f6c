// The frames that come from a worker process, which may be in the hands of a hostile model. What
// decodes must encode to the same bytes: the grammar has one spelling per frame.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "runtimes/embedded/worker_frame.h"

int fuzz_worker_frame(const std::uint8_t* data, std::size_t size) {
  using namespace b3iq::runtimes;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  FrameReader reader;
  // In two pieces: the cut may fall anywhere.
  const std::size_t cut = size == 0 ? 0 : data[0] % size;
  reader.feed(input.substr(0, cut));
  reader.feed(input.substr(cut));
  std::string again;
  while (true) {
    auto frame = reader.next();
    if (!frame.ok() || !frame->has_value()) break;
    B3_CHECK(append_frame(again, **frame));
  }
  B3_CHECK(input.starts_with(again));
  return 0;
}
