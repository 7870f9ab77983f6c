// What a stream of chat.completion.chunk events says altogether, to be held against the sealed
// answer. What it hands on are whole events, in words that were compared: nothing else of what a
// node streams gets through. Wiped when it goes.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/jobs/streamed_choice.h"
#include "http/sse.h"
#include "json/json.h"

namespace b3iq::client {

inline constexpr std::size_t kMaxStreamedChoices = 16;

class StreamedContent {
 public:
  StreamedContent() = default;
  StreamedContent(const StreamedContent&) = delete;
  StreamedContent& operator=(const StreamedContent&) = delete;
  ~StreamedContent();

  enum class Piece : std::uint8_t {
    more,
    last  // finish_reason, usage, an error and [DONE] stand here alone
  };
  // A piece of the event stream, cut anywhere. Appends to `out` each event that is whole with it,
  // but [DONE] and an error: those are said by whoever has checked the answer. Errors:
  // upstream_failed for what are no such events, or more than can be compared; corrupt for an end
  // before the last piece.
  base::Status add(std::string_view piece, Piece place, crypto::SecretText& out);
  // Whether it says what the answer, a chat.completion, says: every choice's text, reasoning, calls
  // of tools and end, and the usage where that was streamed.
  bool is_all_of(json::Value answer) const;
  // What the answer says beyond it, as an answer of the rest alone whose calls of tools have an
  // index. Errors: corrupt where what was streamed is not its beginning; upstream_failed where it
  // is no chat completion.
  base::Result<std::string> rest_of(json::Value answer) const;
  // In clear, of text, reasoning and calls of tools.
  std::size_t bytes() const;

 private:
  base::Status add_event(std::string_view data, bool at_end);
  base::Status add_member(std::string_view name, json::Value value, bool at_end);
  base::Status add_choices(json::Value choices, bool at_end);
  bool has_head_of(json::Value answer) const;
  bool fits(json::Value choices, Fit fit) const;

  http::SseReader events_;
  std::map<std::int64_t, StreamedChoice> choices_;
  std::map<std::string_view, std::string> head_;  // JSON of id, created, …: the same in each event
  crypto::SecretText usage_;                      // JSON
  bool done_ = false;
  bool failed_ = false;  // the node's own error stands at its end
};

}  // namespace b3iq::client
