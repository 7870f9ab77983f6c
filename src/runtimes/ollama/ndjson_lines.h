// Lines of a stream of JSON objects, one a line (NDJSON), cut anywhere by the reads. Ends: LF or
// CRLF; blank lines are passed over. What a line holds is the caller's business, UTF-8 too.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace b3iq::runtimes {

inline constexpr std::size_t kMaxNdjsonLineBytes = std::size_t{4} * 1024 * 1024;

class NdjsonLines {
 public:
  // Lines that were given out before become invalid.
  void feed(std::string_view bytes);
  // The next whole line, without its end and never blank; nothing when more bytes are needed.
  // Error: upstream_failed past kMaxNdjsonLineBytes without a line end.
  base::Result<std::optional<std::string_view>> next();
  // What stands behind the last line end: a last line when the stream is over. May be blank.
  std::string_view rest() const { return std::string_view(buffer_).substr(begin_); }

 private:
  std::string buffer_;
  std::size_t begin_ = 0;   // of the next line
  std::size_t looked_ = 0;  // no line end before it; never looks at a byte twice
};

}  // namespace b3iq::runtimes
