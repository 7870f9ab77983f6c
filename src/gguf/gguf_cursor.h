// Reads numbers and strings one after the other, with a bound on what is read and on what is
// allocated. Private to this module.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.h"
#include "gguf/gguf.h"
#include "gguf/gguf_bytes.h"

namespace b3iq::gguf {

class Cursor {
 public:
  Cursor(ByteSource& source, const Limits& limits)
      : source_(source), budget_(limits.max_read_bytes) {}

  std::uint64_t offset() const { return offset_; }
  std::uint64_t left() const { return source_.size() - offset_; }

  // Little-endian.
  template <class T>
  base::Result<T> number() {
    static_assert(std::is_unsigned_v<T>);
    std::array<std::uint8_t, sizeof(T)> bytes;
    TRY_OK(take(bytes));
    T value = 0;
    for (std::size_t i = sizeof(T); i > 0; --i)
      value = static_cast<T>(std::uint64_t{value} << 8 | bytes[i - 1]);
    return value;
  }
  // A length and that many bytes; `what` names it in the error. Longer than `most` is refused
  // before anything is allocated.
  base::Result<std::string> text(std::string_view what, std::uint64_t most);
  // The same, its length read already.
  base::Result<std::string> text_of_length(std::string_view what, std::uint64_t length);
  // Goes over a string; the length it had.
  base::Result<std::uint64_t> skip_text(std::string_view what);
  base::Status skip(std::uint64_t bytes);

  // corrupt: "The model file is damaged at byte N: …".
  base::Error broken(std::string_view what) const { return broken_at(offset_, what); }
  static base::Error broken_at(std::uint64_t offset, std::string_view what);

 private:
  static constexpr std::size_t kWindowBytes = 64 * 1024;
  base::Status take(std::span<std::uint8_t> out);
  base::Status fill_window();

  ByteSource& source_;
  std::uint64_t budget_;
  std::uint64_t offset_ = 0;
  std::uint64_t window_offset_ = 0;
  std::size_t window_size_ = 0;
  std::array<std::uint8_t, kWindowBytes> window_;
};

}  // namespace b3iq::gguf
