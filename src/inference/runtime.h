// The port behind which every runtime stands. A Runtime object belongs to one loop and is used on
// its thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "base/task.h"
#include "inference/chat.h"
#include "inference/embedding.h"

namespace b3iq::inference {

// What a runtime can do with a model. What it cannot do is refused before dispatch
// (capability_check.h), never ignored.
struct Capabilities {
  bool tools = false;
  bool json_schema = false;
  bool json_object = false;
  bool logprobs = false;
  bool logit_bias = false;
  bool vision = false;
  bool audio = false;
  bool penalties = false;
  bool extensions = false;  // top_k, min_p, repeat_penalty
  bool same_dialect =
      false;  // gets ChatRequest::body as it came; unknown members are its own business
  std::int64_t context_tokens = 0;  // 0: unknown
  bool embeddings = false;
  // What nearly every runtime can do; the ones that cannot say so.
  bool chat = true;               // false: a model that only makes embeddings
  bool tool_control = true;       // tool_choice "required" or a name, parallel_tool_calls false
  bool min_p = true;              // of the extensions
  bool embedding_tokens = false;  // embeds token ids as well as texts
  bool raw_prompts = false;       // continues a prompt that no chat template is laid around
  // What a runtime has to say of a chat beyond these, such as of a schema that it cannot enforce;
  // null: nothing. Errors as of check_capabilities(). Any thread.
  base::Status (*check_chat)(const ChatRequest& request) = nullptr;
};

struct RuntimeModel {
  std::string name;  // the runtime's name of it
  Capabilities capabilities;
  std::int64_t created = 0;  // Unix seconds, 0 unknown
  std::int64_t size_bytes = 0;
  std::optional<bool> loaded;  // in memory now; nothing: the runtime does not tell
};

// One step of a stream. Either `sse` holds whole OpenAI-dialect events, ready to be relayed byte
// for byte (same_dialect runtimes), or the typed members hold one step. Views are valid until the
// next call of next().
//
// A stream that succeeds has exactly one last step, the one with `finish`. Of a relayed stream it
// also carries the events that end the answer (`sse_tail`, never empty, without [DONE]; valid as
// long as the stream): they are written after the receipt, with the b3iq object in the last of them
// (append_relayed_end of openai_response.h). `sse` and `sse_tail` are never in one step.
struct StreamStep {
  std::string_view sse;
  std::string_view sse_tail;
  // Among them, the count to bill by when usage never comes: events that carry content, and the
  // bytes of their text.
  int sse_content_events = 0;
  std::int64_t sse_text_bytes = 0;

  std::string_view text;
  std::string_view reasoning;
  std::vector<ToolCallDelta> tool_calls;
  std::vector<TokenLogprob> logprobs;
  int tokens = 0;  // tokens that this step stands for (typed steps)

  std::optional<Finish> finish;
  std::optional<Usage> usage;
};

// The pulled stream of one answer. Destroying it stops generation. next() gives null after the last
// step; an error is the stream's end.
class TokenStream {
 public:
  virtual ~TokenStream() = default;
  virtual base::Task<base::Result<const StreamStep*>> next() = 0;
  // The next typed step, when it has come already and is neither the last nor an error; else null,
  // and next() is the one to ask. So that steps that came together are written together.
  virtual const StreamStep* next_if_ready() { return nullptr; }
};

// One answer in one piece.
struct ChatAnswer {
  // The upstream's own JSON object, as received, when it speaks the dialect; else empty and the
  // typed members count.
  std::string body;
  std::string text;
  std::string reasoning;
  std::vector<ToolCall> tool_calls;
  std::vector<TokenLogprob> logprobs;
  Finish finish = Finish::stop;
  Usage usage;                  // all zero: the runtime told none
  std::int64_t text_bytes = 0;  // of the text in `body`; counted only when `usage` is not told
  std::int64_t ttft_ns = 0;     // 0: not observable
};

enum class RuntimeState : std::uint8_t { ready, loading, unreachable };
// "ready", "loading", "unreachable": as /health, /setup/v1/status and the log tell it.
std::string_view runtime_state_name(RuntimeState state);
struct RuntimeHealth {
  RuntimeState state = RuntimeState::unreachable;
  std::string detail;        // for the owner
  double load_progress = 0;  // 0..1 while loading
};

// What a runtime tells of itself beside its models. What it does not tell stays unknown, never
// zero.
struct RuntimeLoad {
  std::optional<std::int64_t> running;  // requests that are worked on
  std::optional<std::int64_t> waiting;  // requests in its queue
};
struct RuntimeFacts {
  std::string version;  // "" unknown
  RuntimeLoad load;
};

class Runtime {
 public:
  virtual ~Runtime() = default;
  virtual std::string_view id() const = 0;    // configured name
  virtual std::string_view kind() const = 0;  // "embedded", "ollama", "openai", "vllm", "sglang"
  virtual RuntimeHealth health() const = 0;
  virtual base::Task<base::Result<std::vector<RuntimeModel>>> models() = 0;
  // `request` outlives the stream. Cancellation ends next() with `cancelled` and stops the work
  // within a second.
  virtual base::Task<base::Result<std::unique_ptr<TokenStream>>> stream(
      const ChatRequest& request, base::CancelToken cancel) = 0;
  virtual base::Task<base::Result<ChatAnswer>> answer(const ChatRequest& request,
                                                      base::CancelToken cancel) = 0;
  // Asked now, within seconds. An error when the runtime cannot be reached; by default nothing is
  // known.
  virtual base::Task<base::Result<RuntimeFacts>> facts();
  // `request` outlives the task. By default refused with unsupported_parameter: what a runtime
  // without embeddings says.
  virtual base::Task<base::Result<EmbeddingAnswer>> embed(const EmbeddingRequest& request,
                                                          base::CancelToken cancel);
};

}  // namespace b3iq::inference
