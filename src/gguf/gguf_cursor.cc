#include "gguf/gguf_cursor.h"

#include <algorithm>
#include <cstring>

namespace b3iq::gguf {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

Error Cursor::broken_at(std::uint64_t offset, std::string_view what) {
  return {ErrorCode::corrupt, "The model file is damaged at byte " + std::to_string(offset) + ": " +
                                  std::string(what) + "."};
}

Status Cursor::fill_window() {
  const std::uint64_t size = std::min<std::uint64_t>(kWindowBytes, left());
  if (size > budget_)
    return broken("its description is longer than the bytes that are read of a file");
  budget_ -= size;
  window_offset_ = offset_;
  window_size_ = static_cast<std::size_t>(size);
  return source_.read_at(offset_, std::span(window_).first(window_size_));
}

Status Cursor::take(std::span<std::uint8_t> out) {
  if (out.size() > left()) return broken("it ends here, inside its description");
  while (!out.empty()) {
    const std::uint64_t at = offset_ - window_offset_;
    if (offset_ < window_offset_ || at >= window_size_) {
      TRY_OK(fill_window());
      continue;
    }
    const std::size_t count = std::min<std::size_t>(out.size(), window_size_ - at);
    std::memcpy(out.data(), window_.data() + at, count);
    offset_ += count;
    out = out.subspan(count);
  }
  return {};
}

Result<std::string> Cursor::text(std::string_view what, std::uint64_t most) {
  TRY(const auto length, number<std::uint64_t>());
  if (length > most) {
    return broken(std::string(what) + " has " + std::to_string(length) + " bytes; " +
                  std::to_string(most) + " are allowed");
  }
  return text_of_length(what, length);
}

Result<std::string> Cursor::text_of_length(std::string_view what, std::uint64_t length) {
  if (length > left()) return broken(std::string(what) + " goes past the end of the file");
  std::string text(static_cast<std::size_t>(length), '\0');
  TRY_OK(take({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}));
  return text;
}

Result<std::uint64_t> Cursor::skip_text(std::string_view what) {
  TRY(const auto length, number<std::uint64_t>());
  if (length > kMaxStringBytes)
    return broken(std::string(what) + " has a string of " + std::to_string(length) + " bytes");
  TRY_OK(skip(length));
  return length;
}

Status Cursor::skip(std::uint64_t bytes) {
  if (bytes > left()) return broken("it ends before the value that begins here");
  offset_ += bytes;
  return {};
}

}  // namespace b3iq::gguf
