// What a chat request means, whatever the dialect it came in and the runtime it goes to. No IO
// here.
//
// Long texts are not copied: string_views of a decoded request point into ChatRequest::document (or
// ::owned), which travel with it. Moving a ChatRequest keeps them valid; it cannot be copied. A
// request made by hand (tests, the CLI) may point into any storage that lives as long.
#pragma once

#include <cstdint>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/json.h"

namespace b3iq::inference {

enum class Role : std::uint8_t { system, developer, user, assistant, tool };

enum class PartKind : std::uint8_t { text, image_url, input_audio, file, refusal };
struct ContentPart {
  PartKind kind = PartKind::text;
  std::string_view text;  // text (also of a refusal), or the part's own JSON object for other kinds
};

struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;  // JSON text
};

struct Message {
  Role role = Role::user;
  std::vector<ContentPart> content;  // empty when null
  std::string_view name;
  std::string_view tool_call_id;
  std::vector<ToolCall> tool_calls;
};

struct Tool {
  std::string_view name;
  std::string_view description;
  std::string parameters;  // JSON Schema text; "" when none
  bool strict = false;
};

enum class ToolChoice : std::uint8_t { automatic, none, required, named };
enum class ResponseFormat : std::uint8_t { text, json_object, json_schema };

struct Sampling {
  std::optional<double> temperature;        // 0..2
  std::optional<double> top_p;              // 0..1
  std::optional<std::int64_t> top_k;        // llama.cpp and vLLM extension, 0 = off
  std::optional<double> min_p;              // extension, 0..1
  std::optional<double> repeat_penalty;     // extension, > 0
  std::optional<double> presence_penalty;   // -2..2
  std::optional<double> frequency_penalty;  // -2..2
  std::optional<std::int64_t> seed;
  std::vector<std::pair<std::int32_t, double>> logit_bias;  // token, -100..100
};

struct ChatRequest {
  std::string model;  // as the caller named it; the registry resolves it to runtime_model
  std::string runtime_model;
  std::vector<Message> messages;
  std::vector<Tool> tools;
  ToolChoice tool_choice = ToolChoice::automatic;
  std::string_view tool_choice_name;
  std::optional<bool> parallel_tool_calls;
  ResponseFormat response_format = ResponseFormat::text;
  std::string json_schema;  // the schema's JSON text
  std::string_view json_schema_name;
  bool json_schema_strict = false;
  Sampling sampling;
  std::optional<std::int64_t> max_tokens;  // max_completion_tokens wins over max_tokens
  bool max_tokens_imposed =
      false;  // max_tokens was set by the node (a budget), not by the caller: an adapter that
              // forwards the body must write it in as max_tokens
  std::vector<std::string> stop;  // at most 4 by the dialect
  bool logprobs = false;
  int top_logprobs = 0;  // 0..20
  bool stream = false;
  bool include_usage = false;
  bool has_stream_options = false;  // the body has the member, be it null
  bool has_b3iq = false;            // the same; no runtime may see it
  bool wants_reasoning = false;     // in the answer; where the caller's dialect lets it choose

  // The first message's text is the prompt itself: no chat template is laid around it, and `body`
  // is one of POST /v1/completions.
  bool raw_prompt = false;

  // The caller's body, whole and unchanged, for runtimes that speak the same dialect. Owned by the
  // request's connection.
  std::string_view body;
  // Whose prompts may share this one's prefix cache: a runtime that can keep caches apart uses
  // nothing that was computed under another name. Opaque, and nobody's name in clear. "" is a
  // partition like any other where the runtime is ours; a server is told nothing then. Outlives the
  // request.
  std::string_view cache_partition;
  // The W3C `traceparent` that the runtime gets, of the node's own trace; "" for none.
  std::string_view traceparent;
  // What the caller sent, when `body` was made from another dialect; else empty.
  std::string_view caller_body;
  // What the dialect's answers repeat of the caller's body: the dialect's own business.
  std::string echo;
  // Top-level members that only change bookkeeping (user, metadata, store …) are dropped by
  // runtimes that do not know them; members named here are unknown to us and may change the answer:
  // a runtime that is not asked in the same dialect refuses them.
  std::vector<std::string> unknown_members;

  // What the views point into.
  std::optional<json::Document> document;
  std::forward_list<std::string> owned;
};

struct Usage {
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t cached_prompt_tokens = 0;
  std::int64_t reasoning_tokens = 0;  // of the completion's, where the runtime tells
  std::int64_t total_tokens() const { return prompt_tokens + completion_tokens; }
};

enum class Finish : std::uint8_t { stop, length, tool_calls, content_filter, cancelled, error };
// "stop", "length", … (one table). content_filter is OpenAI's; cancelled and error exist in
// receipts only.
std::string_view finish_name(Finish finish);
std::optional<Finish> finish_from_name(std::string_view name);

struct TokenLogprob {
  std::string token;  // bytes of the token; may be part of a UTF-8 character
  double logprob = 0;
  std::vector<std::pair<std::string, double>> top;
};

struct ToolCallDelta {
  int index = 0;
  std::string id;         // on the first delta of a call
  std::string name;       // on the first delta of a call
  std::string arguments;  // appended
};

}  // namespace b3iq::inference
