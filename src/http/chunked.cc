#include "http/chunked.h"

#include <algorithm>
#include <cstring>

#include "http/http_text.h"

namespace b3iq::http {

ChunkedDecoder::Step ChunkedDecoder::decode(std::span<char> bytes) {
  Step step;
  while (step.consumed < bytes.size() && state_ != State::finished && state_ != State::failed) {
    if (state_ != State::data) {
      if (!framing_byte(bytes[step.consumed])) state_ = State::failed;
      ++step.consumed;
      continue;
    }
    const auto take =
        static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - step.consumed));
    if (step.produced != step.consumed) {
      std::memmove(bytes.data() + step.produced, bytes.data() + step.consumed, take);
    }
    step.produced += take;
    step.consumed += take;
    left_ -= take;
    if (left_ == 0) state_ = State::data_cr;
  }
  return step;
}

// One byte outside of chunk data; false when it cannot stand there.
bool ChunkedDecoder::framing_byte(char c) {
  switch (state_) {
    case State::size: {
      if (const int digit = hex_value(c); digit >= 0) {
        left_ = left_ * 16 + static_cast<unsigned>(digit);
        return ++digits_ <= kMaxChunkSizeDigits;
      }
      if (digits_ == 0) return false;
      if (c == '\r') {
        state_ = State::size_lf;
      } else {
        state_ = State::extension;
        return c == ';';
      }
      return true;
    }
    case State::extension:
      if (c == '\r') {
        state_ = State::size_lf;
        return true;
      }
      return (kCharacters[static_cast<unsigned char>(c)] & kValueChar) &&
             ++line_bytes_ <= kMaxChunkLineBytes;
    case State::size_lf:
      line_bytes_ = 0;
      digits_ = 0;
      state_ = left_ > 0 ? State::data : State::trailer;
      return c == '\n';
    case State::data_cr:
      state_ = State::data_lf;
      return c == '\r';
    case State::data_lf:
      state_ = State::size;
      return c == '\n';
    case State::trailer:
      if (++line_bytes_ > kMaxTrailerBytes) return false;
      if (trailer_cr_) {
        trailer_cr_ = false;
        if (trailer_line_ == 0) state_ = State::finished;
        trailer_line_ = 0;
        return c == '\n';
      }
      if (c == '\r') {
        trailer_cr_ = true;
        return true;
      }
      ++trailer_line_;
      return (kCharacters[static_cast<unsigned char>(c)] & kValueChar) != 0;
    case State::data:
    case State::finished:
    case State::failed:
      break;
  }
  return false;
}

}  // namespace b3iq::http
