// One place in the context: a sequence of the KV cache and, while it is busy, the request that
// grows it.
#pragma once

#include <llama.h>

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtimes/embedded/worker/answer_reader.h"
#include "runtimes/embedded/worker/prepared_request.h"
#include "runtimes/embedded/worker/text_filter.h"
#include "runtimes/embedded/worker_frame.h"

namespace b3iq::runtimes::worker {

// A request in progress: prompt first, then one token per step.
struct Answer {
  explicit Answer(PreparedRequest r)
      : request(std::move(r)), filter(request.stops), reader(request.parsed, request.parser) {}

  PreparedRequest request;
  TextFilter filter;
  AnswerReader reader;
  std::size_t produced_bytes = 0;  // of token text, shown or held back
  // Logprobs wait until the text of their token is shown: (end of the token in produced bytes,
  // logprob).
  std::deque<std::pair<std::size_t, inference::TokenLogprob>> waiting_logprobs;
  std::uint32_t cached_prompt = 0;
  std::uint32_t produced = 0;           // tokens, the one that ended it included
  std::uint32_t untold = 0;             // of them, since the last frame
  llama_token next = LLAMA_TOKEN_NULL;  // chosen, not yet in the cache
  bool begun = false;                   // a frame of it was made
  bool paused = false;
  std::int64_t started_us = 0;
  std::int64_t first_token_us = 0;
};

struct Slot {
  llama_seq_id sequence = 0;
  std::vector<llama_token> cached;  // what the KV cache of the sequence holds
  std::string partition;            // of the request that it was computed for
  std::optional<Answer> answer;
  std::int64_t last_used_us = 0;
  int output = -1;           // index of its logits in the running batch
  std::size_t in_batch = 0;  // tokens of it in the running batch

  bool busy() const { return answer.has_value(); }
  bool prefilling() const { return busy() && cached.size() < answer->request.prompt.size(); }
};

// Number of tokens that `slot` need not compute for the request; the last one is always computed,
// for its logits. None of what another partition left.
std::size_t reusable_prefix(const Slot& slot, const PreparedRequest& request);

}  // namespace b3iq::runtimes::worker
