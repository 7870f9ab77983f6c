// What makes a model one for embeddings, and its context: no text comes out of it, each input's
// token vectors are pooled into one.
#pragma once

#include <llama.h>

#include <optional>

#include "base/result.h"
#include "runtimes/embedded/worker/loaded_model.h"

namespace b3iq::runtimes::worker {

using Pooling = enum llama_pooling_type;  // the library has a function of that name too

// Inputs that one computation may hold, and tokens of them together, unless one alone is longer:
// more would only make each token look past more strangers.
inline constexpr std::uint32_t kMaxBatchInputs = 64;

// How the file says that its vectors are pooled; nothing for a model that writes text. A model made
// for embeddings that does not say takes the mean, as sentence-transformers does. Error: a
// reranker.
base::Result<std::optional<Pooling>> embedding_pooling(const llama_model* model);

// Makes the context of `loaded`, whose model and vocabulary are there, and fills what facts and
// in_pieces say of it.
base::Status make_embedding_context(LoadedModel& loaded, const LoadFrame& request, Pooling pooling);

// Computes a batch: llama_decode, or llama_encode where the model has no decoder.
int compute_batch(const LoadedModel& model, const llama_batch& batch);

}  // namespace b3iq::runtimes::worker
