// The message's text of a stream, printed while it comes.
#pragma once

#include <string_view>

#include "http/sse.h"

namespace b3iq::client {

class StreamOutput {
 public:
  // False when standard output was not taken.
  bool add(std::string_view events);
  // The line's end.
  bool finish();

 private:
  http::SseReader events_;
};

}  // namespace b3iq::client
