// The members of each frame, in their order on the wire. `A` is Encoder or Decoder. Private to
// worker_frame.cc.
#pragma once

#include <limits>
#include <utility>

#include "runtimes/embedded/worker_frame.h"

namespace b3iq::runtimes {

inline constexpr std::size_t kUnbounded = std::numeric_limits<std::uint32_t>::max();

template <class A>
void fields(A& a, LoadFrame& f) {
  a(f.protocol);
  a(f.context_tokens);
  a(f.slots);
  a(f.threads);
  a(f.gpu_layers);
  a(f.max_queue);
}

template <class A>
void message_fields(A& a, ChatMessage& m) {
  a.choice(m.role, inference::Role::tool);
  a.list(m.texts, kUnbounded, [&](std::string& text) { a(text); });
  a(m.name);
  a(m.tool_call_id);
  a.list(m.tool_calls, kMaxTools, [&](inference::ToolCall& call) {
    a(call.id);
    a(call.name);
    a(call.arguments);
  });
}

template <class A>
void sampling_fields(A& a, inference::Sampling& s) {
  a.option(s.temperature);
  a.option(s.top_p);
  a.option(s.top_k);
  a.option(s.min_p);
  a.option(s.repeat_penalty);
  a.option(s.presence_penalty);
  a.option(s.frequency_penalty);
  a.option(s.seed);
  a.list(s.logit_bias, kMaxLogitBias, [&](std::pair<std::int32_t, double>& bias) {
    a(bias.first);
    a(bias.second);
  });
}

template <class A>
void fields(A& a, ChatFrame& f) {
  a(f.id);
  a.list(f.messages, kMaxMessages, [&](ChatMessage& m) { message_fields(a, m); });
  a.list(f.tools, kMaxTools, [&](ChatTool& tool) {
    a(tool.name);
    a(tool.description);
    a(tool.parameters);
  });
  a.choice(f.tool_choice, inference::ToolChoice::named);
  a(f.tool_choice_name);
  a.option(f.parallel_tool_calls);
  a.choice(f.response_format, inference::ResponseFormat::json_schema);
  a(f.json_schema);
  sampling_fields(a, f.sampling);
  a.option(f.max_tokens);
  a.list(f.stop, kMaxStops, [&](std::string& text) { a(text); });
  a(f.logprobs);
  a(f.top_logprobs);
  a(f.raw_prompt);
  a(f.cache_partition);
}

template <class A>
void fields(A& a, EmbedFrame& f) {
  a(f.id);
  a.list(f.texts, kMaxEmbedInputs, [&](std::string& text) { a(text); });
  a.list(f.tokens, kMaxEmbedInputs, [&](std::vector<std::int32_t>& ids) { a.numbers(ids); });
  a(f.dimensions);
}

template <class A>
void fields(A& a, CancelFrame& f) {
  a(f.id);
}
template <class A>
void fields(A& a, PauseFrame& f) {
  a(f.id);
}
template <class A>
void fields(A& a, ResumeFrame& f) {
  a(f.id);
}
template <class A>
void fields(A&, StatsQueryFrame&) {}

template <class A>
void fields(A& a, HelloFrame& f) {
  a(f.protocol);
  a(f.sandbox_layers);
  a(f.backend);
}
template <class A>
void fields(A& a, ProgressFrame& f) {
  a(f.permille);
}
template <class A>
void fields(A& a, ReadyFrame& f) {
  a(f.context_tokens);
  a(f.trained_context_tokens);
  a(f.slots);
  a(f.threads);
  a(f.vocabulary);
  a(f.parameters);
  a(f.size_bytes);
  a(f.tools);
  a(f.reasoning);
  a(f.embedding_length);
  a(f.description);
  a(f.kernels);
}

template <class A>
void fields(A& a, TokenFrame& f) {
  a(f.id);
  a(f.tokens);
  a(f.text);
  a(f.reasoning);
  a.list(f.tool_calls, kMaxTools, [&](inference::ToolCallDelta& call) {
    a.bounded(call.index, static_cast<int>(kMaxTools));
    a(call.id);
    a(call.name);
    a(call.arguments);
  });
  a.list(f.logprobs, kUnbounded, [&](inference::TokenLogprob& token) {
    a(token.token);
    a(token.logprob);
    a.list(token.top, kMaxTopLogprobs, [&](std::pair<std::string, double>& top) {
      a(top.first);
      a(top.second);
    });
  });
}

template <class A>
void fields(A& a, EmbeddingFrame& f) {
  a(f.id);
  a(f.index);
  a.numbers(f.vector);
}

template <class A>
void fields(A& a, FinishFrame& f) {
  a(f.id);
  a.choice(f.reason, inference::Finish::error);
  a(f.prompt_tokens);
  a(f.completion_tokens);
  a(f.cached_prompt_tokens);
  a(f.queue_us);
  a(f.prefill_us);
  a(f.decode_us);
}
template <class A>
void fields(A& a, ErrorFrame& f) {
  a(f.id);
  a.choice(f.code, WorkerError::failed);
  a(f.detail);
  a(f.param);
}
template <class A>
void fields(A& a, StatsFrame& f) {
  a(f.slots_busy);
  a(f.queued);
  a(f.prompt_tokens);
  a(f.completion_tokens);
  a(f.cached_prompt_tokens);
}
template <class A>
void fields(A& a, FatalFrame& f) {
  a(f.detail);
}
template <class A>
void fields(A&, AliveFrame&) {}

}  // namespace b3iq::runtimes
