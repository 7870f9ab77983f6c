#include "http/sse.h"

#include <strings.h>

#include <cstring>

namespace b3iq::http {

void append_sse_event(std::string& out, std::string_view json) {
  out.reserve(out.size() + json.size() + 8);
  out.append("data: ").append(json).append("\n\n");
}

base::Status SseReader::feed(std::string_view bytes) {
  if (position_ == buffer_.size()) {
    buffer_.clear();
    position_ = scanned_ = 0;
  } else if (position_ > 0) {
    buffer_.erase(0, position_);
    scanned_ -= position_;
    position_ = 0;
  }
  if (skip_lf_ && !bytes.empty()) {
    // The CR that ended the last piece was the first half of a CRLF.
    if (bytes.front() == '\n') bytes.remove_prefix(1);
    skip_lf_ = false;
  }
  if (buffer_.size() + data_.size() + bytes.size() > kMaxSseEventBytes + kMaxSsePieceBytes) {
    return base::Error(base::ErrorCode::upstream_failed,
                       "the runtime sent an event that is too large");
  }
  buffer_.append(bytes);
  return {};
}

void SseReader::wipe() {
  for (auto* const text : {&buffer_, &data_}) {
    // Also what was used up already, behind the end.
    text->resize(text->capacity());
    ::explicit_bzero(text->data(), text->size());
  }
  *this = {};
}

// The next line without its end, or false when it is not whole yet.
bool SseReader::take_line(std::string_view& line) {
  const std::size_t at = buffer_.find_first_of("\r\n", scanned_);
  if (at == std::string::npos) {
    scanned_ = buffer_.size();
    return false;
  }
  line = std::string_view(buffer_).substr(position_, at - position_);
  position_ = at + 1;
  if (buffer_[at] == '\r') {
    if (position_ == buffer_.size()) {
      skip_lf_ = true;
    } else if (buffer_[position_] == '\n') {
      ++position_;
    }
  }
  scanned_ = position_;
  if (!first_line_seen_) {
    first_line_seen_ = true;
    if (line.substr(0, 3) == "\xEF\xBB\xBF") line.remove_prefix(3);
  }
  return true;
}

void SseReader::take_field(std::string_view line) {
  const auto colon = line.find(':');
  const auto name = line.substr(0, colon);
  auto value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  if (name == "data") {
    if (has_data_) data_.push_back('\n');
    data_.append(value);
    has_data_ = true;
  } else if (name == "event") {
    event_.assign(value);
  }
}

bool SseReader::next(Event& out) {
  if (given_) {
    given_ = has_data_ = false;
    data_.clear();
    event_.clear();
  }
  std::string_view line;
  while (take_line(line)) {
    if (!line.empty()) {
      take_field(line);
      continue;
    }
    if (has_data_) {
      given_ = true;
      out.data = data_;
      out.event = event_;
      return true;
    }
    event_.clear();
  }
  return false;
}

}  // namespace b3iq::http
