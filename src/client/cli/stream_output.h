// The message's text of a stream, printed while it comes. What is no text is printed behind it,
// from the answer that was checked.
#pragma once

#include <string_view>

#include "base/result.h"
#include "http/sse.h"

namespace b3iq::client {

class StreamOutput {
 public:
  StreamOutput() = default;
  StreamOutput(const StreamOutput&) = delete;
  StreamOutput& operator=(const StreamOutput&) = delete;
  ~StreamOutput() { events_.wipe(); }

  // Events, cut anywhere. Errors: upstream_failed for what are none; storage_failed when standard
  // output was not taken.
  base::Status add(std::string_view events);
  // The line's end, and `answer`, the whole response's JSON, where it says more than its first
  // message's text. Error: storage_failed.
  base::Status finish(std::string_view answer);

 private:
  http::SseReader events_;
  bool has_printed_ = false;
};

}  // namespace b3iq::client
