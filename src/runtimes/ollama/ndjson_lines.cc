#include "runtimes/ollama/ndjson_lines.h"

#include <algorithm>

#include "base/text.h"

namespace b3iq::runtimes {

void NdjsonLines::feed(std::string_view bytes) {
  buffer_.erase(0, begin_);
  looked_ -= std::min(looked_, begin_);
  begin_ = 0;
  buffer_.append(bytes);
}

base::Result<std::optional<std::string_view>> NdjsonLines::next() {
  for (;;) {
    const std::size_t end = buffer_.find('\n', std::max(looked_, begin_));
    const bool whole = end != std::string::npos;
    looked_ = whole ? end + 1 : buffer_.size();
    if ((whole ? end : buffer_.size()) - begin_ > kMaxNdjsonLineBytes) {
      return base::Error(base::ErrorCode::upstream_failed,
                         "The runtime sent a line longer than 4 MiB; its answer was cut.");
    }
    if (!whole) return std::optional<std::string_view>();
    const auto line = std::string_view(buffer_).substr(begin_, end - begin_);
    begin_ = end + 1;
    const std::string_view text = base::trimmed(line);
    if (!text.empty()) return std::optional(text);
  }
}

}  // namespace b3iq::runtimes
