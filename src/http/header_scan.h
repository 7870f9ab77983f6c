// Finds the end of a header block in bytes that come in pieces, and refuses what never can become
// one: a bare LF, a line or a block that is too long, too many lines. Each byte is looked at once.
#pragma once

#include <cstddef>
#include <string_view>

namespace b3iq::http {

enum class ScanResult : unsigned char {
  need_more,
  complete,
  bare_lf,
  first_line_too_long,
  block_too_long,
  too_many_lines
};

struct ScanLimits {
  std::size_t max_first_line_bytes;
  std::size_t max_block_bytes;
  std::size_t max_lines;  // without the first
};

class HeaderScan {
 public:
  // `bytes` begins with what earlier calls saw. On complete, head() is the block without the last
  // empty line.
  ScanResult feed(std::string_view bytes, const ScanLimits& limits);
  // Lines ended by CRLF each; blank lines before the first are left out.
  std::string_view head(std::string_view bytes) const {
    return bytes.substr(start_, end_ - start_);
  }
  // Bytes up to and with the empty line.
  std::size_t consumed() const { return position_; }
  void reset() { *this = HeaderScan(); }

 private:
  std::size_t start_ = 0;     // of the first line
  std::size_t line_ = 0;      // start of the line being read
  std::size_t position_ = 0;  // seen so far
  std::size_t end_ = 0;
  std::size_t lines_ = 0;
};

}  // namespace b3iq::http
