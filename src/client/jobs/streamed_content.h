// What a stream of chat.completion.chunk events says altogether, to be held against the sealed
// answer. Wiped when it goes.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/sse.h"
#include "json/json.h"

namespace b3iq::client {

class StreamedContent {
 public:
  StreamedContent() = default;
  StreamedContent(const StreamedContent&) = delete;
  StreamedContent& operator=(const StreamedContent&) = delete;
  ~StreamedContent();

  // A piece of the event stream, cut anywhere. Error: upstream_failed for what are no events.
  base::Status add(std::string_view events);
  // Whether it says what the answer, a chat.completion, says: text, reasoning, calls of tools and
  // how each choice ended.
  bool is_all_of(json::Value answer) const;
  // What the answer says beyond it, as an answer of the rest alone. Error: corrupt where what was
  // streamed is not its beginning.
  base::Result<std::string> rest_of(json::Value answer) const;

 private:
  struct Tool {
    std::string id, name, arguments;
  };
  struct Choice {
    std::string text, reasoning, finish;
    std::map<std::int64_t, Tool> tools;
  };
  void add_choice(json::Value choice);
  static bool says(const Choice& streamed, json::Value choice);

  http::SseReader events_;
  std::map<std::int64_t, Choice> choices_;
};

}  // namespace b3iq::client
