#include "inference/sse_event.h"

#include <cstring>

namespace b3iq::inference {
namespace {

constexpr std::string_view kNormalStart = "data: {";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Offset of the first LF or CR at or behind `from`, or npos.
std::size_t find_line_end(std::string_view text, std::size_t from) {
  const std::size_t lf = text.find('\n', from);
  const std::size_t end = lf == std::string_view::npos ? text.size() : lf;
  const std::size_t cr = text.substr(0, end).find('\r', from);
  return cr != std::string_view::npos ? cr : lf;
}

void read_line(std::string_view line, SseFields& fields) {
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view value;
  if (colon != std::string_view::npos) value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    if (fields.has_data) fields.data.push_back(' ');
    fields.data.append(value);
    fields.has_data = true;
  } else if (name == "event") {
    fields.is_error = value == "error";
  }
}

}  // namespace

std::size_t EventBorder::find(std::string_view text) {
  while (position_ < text.size()) {
    const char c = text[position_];
    if (position_ == line_start_ && (c == '\n' || c == '\r')) {
      const bool crlf = c == '\r' && position_ + 1 < text.size() && text[position_ + 1] == '\n';
      return position_ + (crlf ? 2 : 1);
    }
    const std::size_t end = find_line_end(text, position_);
    if (end == std::string_view::npos) {
      position_ = text.size();
      break;
    }
    if (text[end] == '\r' && end + 1 == text.size()) {
      position_ = end;  // an LF that belongs to it may follow
      break;
    }
    if (first_line_end_ == std::string_view::npos) first_line_end_ = end;
    line_start_ = end + (text[end] == '\r' && text[end + 1] == '\n' ? 2 : 1);
    position_ = line_start_;
  }
  return std::string_view::npos;
}

bool EventBorder::normal(std::string_view event) const {
  return event.starts_with(kNormalStart) && event.ends_with("}\n\n") &&
         first_line_end_ + 2 == event.size();
}

SseFields read_fields(std::string_view event) {
  SseFields fields;
  if (event.starts_with(kByteOrderMark)) event.remove_prefix(kByteOrderMark.size());
  while (!event.empty()) {
    const std::size_t end = event.find_first_of("\r\n");
    read_line(event.substr(0, end), fields);
    if (end == std::string_view::npos) break;
    event.remove_prefix(end + 1);
  }
  return fields;
}

}  // namespace b3iq::inference
