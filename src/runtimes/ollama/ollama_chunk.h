// One object of POST /api/chat: a piece of a stream, or the whole answer.
//
//   {"message":{"content","thinking","tool_calls":[{"id"?,"function":{"name","arguments":{}}}]},
//    "logprobs":[{"token","logprob","bytes"?,"top_logprobs"}]?, "done":false}
//   the last:   "done":true, "done_reason", "prompt_eval_count"?, "eval_count"?
//   {"error":"…"} instead of any of them
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "inference/chat.h"

namespace b3iq::runtimes {

struct OllamaChunk {
  std::string text;
  std::string reasoning;
  std::vector<inference::ToolCallDelta> tool_calls;
  std::vector<inference::TokenLogprob> logprobs;
  bool done = false;
  bool cut_at_limit = false;              // done_reason "length"
  std::optional<inference::Usage> usage;  // only when both counts are told

  bool empty() const {
    return text.empty() && reasoning.empty() && tool_calls.empty() && logprobs.empty();
  }
  // Tokens that it stands for, the count to bill by when usage never comes.
  int tokens() const;
};

inline constexpr std::size_t kMaxToolCallsPerAnswer = 256;

// `first_call`: the index of its first tool call in the answer. A call without an id gets one.
// Errors: upstream_failed for an error object, and for anything that is no such object.
base::Result<OllamaChunk> read_ollama_chunk(std::string_view json, std::size_t first_call);

// The end of an answer with `calls` tool calls.
inference::Finish finish_of(const OllamaChunk& last, std::size_t calls);

}  // namespace b3iq::runtimes
