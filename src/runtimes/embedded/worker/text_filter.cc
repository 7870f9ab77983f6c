#include "runtimes/embedded/worker/text_filter.h"

#include <algorithm>

namespace b3iq::runtimes::worker {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

std::size_t expected_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

// The range that the second byte must lie in (no overlong forms, no surrogates, nothing past
// U+10FFFF).
bool valid_second(unsigned char lead, unsigned char second) {
  switch (lead) {
    case 0xe0:
      return second >= 0xa0 && second <= 0xbf;
    case 0xed:
      return second >= 0x80 && second <= 0x9f;
    case 0xf0:
      return second >= 0x90 && second <= 0xbf;
    case 0xf4:
      return second >= 0x80 && second <= 0x8f;
    default:
      return second >= 0x80 && second <= 0xbf;
  }
}

// Length of the character at the front: > 0 valid, 0 incomplete so far, < 0 that many bytes are
// broken.
int character_at(std::string_view text) {
  auto lead = static_cast<unsigned char>(text[0]);
  std::size_t length = expected_length(lead);
  if (length == 0) return -1;
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size()) return 0;
    auto byte = static_cast<unsigned char>(text[i]);
    bool valid = i == 1 ? valid_second(lead, byte) : (byte & 0xc0) == 0x80;
    if (!valid) return -static_cast<int>(i);
  }
  return static_cast<int>(length);
}

// Length of the longest end of `text` that is a proper beginning of `stop`.
std::size_t overlap(std::string_view text, std::string_view stop) {
  for (std::size_t n = std::min(text.size(), stop.size() - 1); n > 0; --n) {
    if (text.substr(text.size() - n) == stop.substr(0, n)) return n;
  }
  return 0;
}

}  // namespace

TextFilter::TextFilter(std::vector<std::string> stops) : stops_(std::move(stops)) {
  std::erase(stops_, "");
}

// Appends the first `count` bytes held as valid UTF-8; an incomplete character at their end stays
// held.
void TextFilter::release(std::size_t count, std::string& out) {
  std::size_t at = 0;
  while (at < count) {
    int length = character_at(std::string_view(held_).substr(at));
    if (length == 0) break;
    if (length > 0) {
      out.append(held_, at, static_cast<std::size_t>(length));
      at += static_cast<std::size_t>(length);
    } else {
      out.append(kReplacement);
      at += static_cast<std::size_t>(-length);
    }
  }
  held_.erase(0, at);
  released_ += at;
}

bool TextFilter::push(std::string_view piece, std::string& out) {
  held_.append(piece);
  if (stops_.empty()) {
    release(held_.size(), out);
    return false;
  }
  std::size_t stop_at = std::string::npos;
  std::size_t keep = 0;
  for (const std::string& stop : stops_) {
    stop_at = std::min(stop_at, held_.find(stop));
    keep = std::max(keep, overlap(held_, stop));
  }
  if (stop_at != std::string::npos) {
    held_.resize(stop_at);
    finish(out);
    return true;
  }
  release(held_.size() - keep, out);
  return false;
}

void TextFilter::finish(std::string& out) {
  release(held_.size(), out);
  if (held_.empty()) return;
  out.append(kReplacement);
  released_ += held_.size();
  held_.clear();
}

}  // namespace b3iq::runtimes::worker
