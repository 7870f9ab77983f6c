// Answers in the OpenAI dialect: chat.completion and chat.completion.chunk, valid against OpenAI's
// schema.
//
// Where the `b3iq` object stands (one rule for all runtimes): in an answer, the last top-level
// member; in a stream, in the last data event before [DONE]. That is the usage chunk (choices: [])
// when the caller asked for usage, else the chunk that carries finish_reason, so a client that
// reads choices[0] of each chunk never meets an empty list it did not ask for. The event is written
// after the receipt is durable. An upstream's own `b3iq` member is replaced.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "inference/chat.h"
#include "inference/runtime.h"

namespace b3iq::inference {

inline constexpr std::string_view kCompletionIdPrefix = "chatcmpl-";
inline constexpr std::string_view kStreamDone = "data: [DONE]\n\n";

struct B3iqInfo {
  std::string_view runtime_id;  // opaque
  std::string_view runtime_kind;
  std::int64_t latency_ms = 0;
  std::optional<std::int64_t> ttft_ms;  // absent where it cannot be observed
  std::string_view receipt_hash;        // "" leaves both out
  std::string_view receipt_salt;
};
// {"runtime_id":…,"runtime_kind":…,"latency_ms":…,"ttft_ms":…,"receipt_hash":…,"receipt_salt":…}
std::string b3iq_json(const B3iqInfo& info);

// Puts `,"b3iq":{…}` before the last brace of a relayed answer, which stays as it came otherwise,
// but for the upstream's own top-level b3iq member and space behind the last brace, which go. With
// "" that is all.
void splice_b3iq(std::string& answer, std::string_view b3iq);

// {"prompt_tokens":…,"completion_tokens":…,"total_tokens":…,"prompt_tokens_details":{"cached_tokens":…},…}
void append_usage(std::string& out, const Usage& usage);

// The wire's word; an answer that was cut (cancelled, error) says "length".
std::string_view wire_finish(Finish finish);

struct AnswerHead {
  std::string_view id;  // chatcmpl-…
  std::int64_t created_s = 0;
  std::string_view model;
};

// A whole typed answer as chat.completion. `with_logprobs`: the caller asked. `b3iq` may be "".
std::string completion_json(const AnswerHead& head, const ChatAnswer& answer, bool with_logprobs,
                            std::string_view b3iq);

// Makes the events of a stream from typed steps. Appends whole events ("data: {…}\n\n").
class ChunkWriter {
 public:
  ChunkWriter(const AnswerHead& head, const ChatRequest& request);

  // The opening chunk: role and empty content.
  void append_opening(std::string& out) const;
  // One chunk with what the step brings; nothing when it brings nothing. Its finish and usage are
  // left to append_end.
  void append_step(std::string& out, const StreamStep& step) const;
  // finish_reason, the usage chunk if asked for, b3iq (may be "") in the last of them, and [DONE].
  void append_end(std::string& out, Finish finish, const Usage& usage, std::string_view b3iq) const;

 private:
  void append_head(std::string& out) const;
  void append_tail(std::string& out, std::string_view finish, std::string_view b3iq) const;

  std::string head_;  // data: {"id":…,"object":…,"created":…,"model":…,"choices":
  bool logprobs_;
  bool include_usage_;
};

// The end of a relayed stream: StreamStep::sse_tail with b3iq (may be "") put into its last event,
// and [DONE].
void append_relayed_end(std::string& out, std::string_view sse_tail, std::string_view b3iq);

}  // namespace b3iq::inference
