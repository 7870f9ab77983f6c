// The chunked coding (RFC 9112 7.1), decoded in place and across any split. Chunk extensions and
// trailers are bounded and thrown away.
//
//   body    = *( size [ext] CRLF data CRLF ) "0" [ext] CRLF *( trailer-line CRLF ) CRLF
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace b3iq::http {

inline constexpr std::size_t kMaxChunkLineBytes = 1024;  // size and extension of one chunk
inline constexpr std::size_t kMaxTrailerBytes = 8 * 1024;
inline constexpr int kMaxChunkSizeDigits = 15;

class ChunkedDecoder {
 public:
  struct Step {
    std::size_t consumed = 0;  // bytes of the input that were used
    std::size_t produced = 0;  // data bytes, moved to the input's front
  };
  // Decodes as much as is there. Stops after the last chunk: what follows stays unused.
  Step decode(std::span<char> bytes);
  bool finished() const { return state_ == State::finished; }
  bool failed() const { return state_ == State::failed; }

 private:
  enum class State : std::uint8_t {
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer,
    finished,
    failed
  };
  bool framing_byte(char c);

  State state_ = State::size;
  int digits_ = 0;
  std::uint64_t left_ = 0;      // of this chunk's size or data
  std::size_t line_bytes_ = 0;  // of this chunk line, or of all trailers
  std::size_t trailer_line_ = 0;
  bool trailer_cr_ = false;
};

}  // namespace b3iq::http
