// Frames as a node brings them, and the answer as a node reads it.
#include "protocol/messages/stream_frames.h"

#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "protocol/private/sealed_chunk.h"

int fuzz_stream_frames(const std::uint8_t* data, std::size_t size) {
  using namespace b3iq::protocol;  // NOLINT: one target
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto streams = decode_stream_frames(text); streams.ok()) {
    B3_CHECK(!streams->empty() && streams->size() <= kMaxStreamsInBatch);
    for (const auto& stream : *streams) {
      for (std::size_t i = 0; i < stream.frames.size(); ++i) {
        const auto chunk = decode_sealed_chunk(stream.frames[i]);
        B3_CHECK(chunk.ok() && chunk->number == stream.first + i);
        B3_CHECK(stream.frames[i].find('\n') == std::string::npos);
      }
    }
    const auto again = decode_stream_frames(encode_stream_frames(*streams));
    B3_CHECK(again.ok() && again->size() == streams->size());
  }
  if (const auto taken = decode_stream_frames_answer(text); taken.ok()) {
    const auto written = encode_stream_frames_answer(*taken);
    const auto again = decode_stream_frames_answer(written);
    B3_CHECK(again.ok() && encode_stream_frames_answer(*again) == written);
  }
  return 0;
}
