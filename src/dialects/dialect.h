// How an answer is told in one dialect: OpenAI's chat completions, Anthropic's messages, Ollama's
// chat … One object per answer; no IO.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "inference/chat.h"
#include "inference/runtime.h"

namespace b3iq::dialects {

using inference::ChatAnswer;
using inference::ChatRequest;
using inference::Finish;
using inference::StreamStep;
using inference::Usage;

class AnswerWriter {
 public:
  virtual ~AnswerWriter() = default;

  // Of a stream; static storage.
  virtual std::string_view stream_content_type() const {
    return "text/event-stream; charset=utf-8";
  }
  // A stream: the opening once, each step that is not the last, then either the end or an error.
  // What is appended are whole events (or lines). A step that brings nothing may append nothing.
  virtual void append_opening(std::string& out) = 0;
  virtual void append_step(std::string& out, const StreamStep& step) = 0;
  // Called twice: without b3iq for the receipt's hash, then with it. Changes nothing.
  virtual void append_end(std::string& out, Finish finish, const Usage& usage,
                          std::string_view b3iq) const = 0;
  // The stream ends here, and no client takes it for a whole answer.
  virtual void append_error(std::string& out, const base::Error& error,
                            std::string_view request_id) const = 0;

  // A whole answer; with b3iq "" for the receipt's hash.
  virtual std::string whole(const ChatAnswer& answer, std::string_view b3iq) const = 0;
};

// When a call began, for dialects that tell durations. Steady time.
struct AnswerTiming {
  const base::Clock* clock = nullptr;  // none: no durations are told
  std::int64_t started_ns = 0;
  std::int64_t first_token_ns = 0;  // 0: not seen, or not yet
};

// Who answers what: for the writers. A writer is made when the first step of a stream has come, or
// a whole answer all.
struct AnswerIdentity {
  std::string_view call_id;  // ULID; dialects put their own prefix before it
  std::int64_t created_s = 0;
  std::string_view model;
  AnswerTiming timing = {};
};

// What the node needs of a dialect whose answers are made from typed steps.
struct Dialect {
  // The caller's body → the chat request that it means. `body` outlives the answer.
  base::Result<ChatRequest> (*decode)(std::string_view body);
  std::unique_ptr<AnswerWriter> (*make_writer)(const AnswerIdentity& identity,
                                               const ChatRequest& request);
  // The dialect is OpenAI's chat completions: answers of a runtime that speaks it are passed on as
  // they come.
  bool relays = false;
  // A refusal that names a member of a chat request, in the dialect's words; null: they are the
  // same. decode's own errors are in them already.
  base::Error (*own_words)(base::Error error) = nullptr;
};

}  // namespace b3iq::dialects
