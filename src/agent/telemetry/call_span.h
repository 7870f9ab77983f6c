// What a trace tells of one call: numbers, the node's own names, and codes. No content, no name
// that the caller chose, nothing of the key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/telemetry/trace_context.h"
#include "base/error.h"
#include "inference/chat.h"

namespace b3iq::agent {

enum class CallOperation : std::uint8_t { chat, text_completion, embeddings };
// As the GenAI conventions call it.
std::string_view operation_name(CallOperation operation);

struct CallSpan {
  TraceContext context;
  std::int64_t started_unix_ns = 0;
  std::int64_t ended_unix_ns = 0;
  CallOperation operation = CallOperation::chat;
  bool streamed = false;
  std::string call_id;                      // ULID
  std::string runtime_id;                   // as in config.json; empty: it was never placed
  std::string runtime_kind;                 // the same
  std::string model;                        // the node's own name of it
  std::string runtime_model;                // the runtime's name of it
  std::optional<inference::Finish> finish;  // nothing: it ended without an answer
  inference::Usage usage;                   // of a call with an answer
  std::optional<base::ErrorCode> error;
  std::int64_t first_token_ns = 0;  // after the start; 0: not seen
  std::int64_t overhead_ns = 0;     // time that the node added
};

}  // namespace b3iq::agent
