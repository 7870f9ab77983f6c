// What a relay must know of one event's JSON. Most events are judged by a plain scan; only those
// that may end, meter or fail the answer are parsed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "inference/chat.h"
#include "json/json.h"

namespace b3iq::inference {

inline constexpr std::size_t kMaxUpstreamMessageBytes = 500;

// True when the event must be parsed: it mentions an error, our own b3iq member, a usage or a
// finish_reason that is not null. A member name inside a string cannot match: its quotes are
// escaped there.
bool needs_parse(std::string_view event);

// What a delta carries of text, reasoning, a refusal or tool calls: the bytes of their strings,
// escapes as they stand, at least 1; 0 when it carries none.
std::size_t content_bytes(std::string_view event);
inline bool carries_content(std::string_view event) { return content_bytes(event) > 0; }
// The same of the message in a whole answer.
std::size_t content_bytes(json::Value message);

struct ChunkFacts {
  std::optional<Finish> finish;
  std::optional<Usage> usage;
  bool has_choices = false;  // a list with at least one element
  bool has_b3iq = false;
};

// `json` is one event's data. Errors: upstream_failed when it is no JSON object or carries an error
// object, whose message is then the detail, bounded.
base::Result<ChunkFacts> parse_chunk(std::string_view json);

// {"prompt_tokens":…,…} → Usage; nothing when a count is missing, negative or no integer.
std::optional<Usage> read_usage(json::Value usage);
// The runtime's word for the end; unknown words count as stop, "function_call" as tool_calls. Null
// and "" are no end.
std::optional<Finish> read_finish(json::Value finish_reason);
// The message of an upstream's {"error":{"message":…}}, {"error":"…"} or {"message":…}, bounded; ""
// when there is none.
std::string upstream_message(json::Value root);

}  // namespace b3iq::inference
