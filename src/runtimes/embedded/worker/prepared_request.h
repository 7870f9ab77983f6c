// From a chat request to tokens, a sampler and a way to read the answer. All that takes time
// without the model's context: templates, tokens, grammars. Runs on a thread of its own beside
// inference.
#pragma once

#include <chat.h>
#include <sampling.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtimes/embedded/worker/loaded_model.h"
#include "runtimes/embedded/worker_frame.h"

namespace b3iq::runtimes::worker {

// Processor time for a template with tools, and for a grammar.
inline constexpr std::int64_t kMaxPrepareUs = 2'000'000;
inline constexpr std::size_t kMaxGrammarBytes = 1 << 20;

struct PreparedRequest {
  std::uint64_t id = 0;
  std::vector<llama_token> prompt;
  std::string cache_partition;
  std::uint32_t max_tokens = 0;  // at least 1; prompt and answer fit the context
  std::vector<std::string> stops;
  bool logprobs = false;
  std::uint32_t top_logprobs = 0;

  bool greedy = false;         // the likeliest token, nothing else to weigh: no sampler is needed
  common_sampler_ptr sampler;  // null when greedy
  bool constrained = false;    // a grammar may leave no token at all
  std::int64_t choice_left_us = 0;          // processor time for its tokens: token_choice.h
  std::vector<llama_token> shown_specials;  // control tokens whose text the answer's parser needs

  bool parsed = false;  // tool calls or reasoning are read out of the text
  common_chat_parser_params parser;

  std::int64_t received_us = 0;  // ggml_time_us
};

// Errors: invalid_request (template, tool, schema, token), context_length_exceeded with the
// numbers.
base::Result<PreparedRequest> prepare_request(const LoadedModel& model, ChatFrame request);

}  // namespace b3iq::runtimes::worker
