// From an embedding request to the tokens of its inputs. Runs on a thread of its own beside
// inference.
#pragma once

#include <llama.h>

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "runtimes/embedded/worker/loaded_model.h"
#include "runtimes/embedded/worker_frame.h"

namespace b3iq::runtimes::worker {

struct PreparedEmbedding {
  std::uint64_t id = 0;
  std::vector<std::vector<llama_token>> inputs;  // each 1 to facts.context_tokens
  std::int64_t received_us = 0;                  // ggml_time_us
};

// Errors: invalid_request (an empty text, a token that is none), context_length_exceeded and
// unsupported_parameter (dimensions), each naming what and which.
base::Result<PreparedEmbedding> prepare_embedding(const LoadedModel& model, EmbedFrame request);

}  // namespace b3iq::runtimes::worker
