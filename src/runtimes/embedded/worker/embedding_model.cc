#include "runtimes/embedded/worker/embedding_model.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "gguf/gguf.h"
#include "runtimes/embedded/embedding_size.h"

namespace b3iq::runtimes::worker {
namespace {

constexpr std::size_t kMaxMetaBytes = 128;

std::optional<std::string> meta(const llama_model* model, const std::string& key) {
  char text[kMaxMetaBytes] = {};
  const int size = llama_model_meta_val_str(model, key.c_str(), text, sizeof(text));
  if (size < 0 || static_cast<std::size_t>(size) >= sizeof(text)) return std::nullopt;
  return std::string(text);
}

struct Shape {
  std::string architecture;
  std::optional<std::uint32_t> pooling;
  std::optional<bool> causal;
};

Shape shape_of(const llama_model* model) {
  Shape shape;
  shape.architecture = meta(model, "general.architecture").value_or("");
  if (const auto text = meta(model, shape.architecture + ".pooling_type")) {
    std::uint32_t number = 0;
    const auto end = text->data() + text->size();
    if (std::from_chars(text->data(), end, number).ptr == end) shape.pooling = number;
  }
  if (const auto text = meta(model, shape.architecture + ".attention.causal"))
    shape.causal = *text == "true";
  return shape;
}

// A model that reads from left to right, and whose last token's vector counts, needs no more than
// its cache to go on with the next piece.
bool takes_pieces(const LoadedModel& loaded, Pooling pooling) {
  const Shape shape = shape_of(loaded.model.get());
  return pooling == LLAMA_POOLING_TYPE_LAST &&
         gguf::kind_by_shape(shape.architecture, std::nullopt, shape.causal) ==
             gguf::ModelKind::text;
}

// The library sizes its graph for a batch of kMaxBatchInputs equal inputs, and aborts when their
// tokens do not share out evenly.
std::uint32_t rounded_up(std::uint32_t tokens) {
  return (tokens + kMaxBatchInputs - 1) / kMaxBatchInputs * kMaxBatchInputs;
}

llama_context_params context_params(const LoadedModel& loaded, Pooling pooling) {
  const ReadyFrame& facts = loaded.facts;
  auto params = llama_context_default_params();
  params.n_ctx = rounded_up(std::max(facts.context_tokens, kBatchTokens));
  params.n_batch = loaded.in_pieces ? kBatchTokens : params.n_ctx;
  params.n_ubatch = params.n_batch;
  params.n_seq_max = kMaxBatchInputs;
  params.n_threads = static_cast<std::int32_t>(facts.threads);
  params.n_threads_batch = static_cast<std::int32_t>(facts.threads);
  params.embeddings = true;
  params.pooling_type = pooling;
  params.kv_unified = true;  // the inputs of a batch share the room of one that fills it
  params.no_perf = true;
  return params;
}

}  // namespace

base::Result<std::optional<Pooling>> embedding_pooling(const llama_model* model) {
  const Shape shape = shape_of(model);
  const auto kind = gguf::kind_by_shape(shape.architecture, shape.pooling, shape.causal);
  if (kind == gguf::ModelKind::reranker) {
    return base::Error(base::ErrorCode::upstream_failed,
                       "the model is a reranker: it scores pairs of texts, for which there is no "
                       "route here");
  }
  if (kind != gguf::ModelKind::embedding) return std::optional<Pooling>();
  const std::uint32_t pooling = shape.pooling.value_or(gguf::kPoolingNone);
  if (pooling > gguf::kPoolingRank) {
    return base::Error(base::ErrorCode::upstream_failed,
                       "the model's vectors are pooled in a way that is not known here (" +
                           std::to_string(pooling) + ")");
  }
  if (pooling == gguf::kPoolingNone) return std::optional(LLAMA_POOLING_TYPE_MEAN);
  return std::optional(static_cast<Pooling>(pooling));
}

base::Status make_embedding_context(LoadedModel& loaded, const LoadFrame& request,
                                    Pooling pooling) {
  ReadyFrame& facts = loaded.facts;
  loaded.in_pieces = takes_pieces(loaded, pooling);
  facts.context_tokens =
      std::min(embedding_context(request.context_tokens, facts.trained_context_tokens,
                                 facts.vocabulary, loaded.in_pieces),
               kMaxContextTokens);
  facts.embedding_length =
      static_cast<std::uint32_t>(std::max(0, llama_model_n_embd_out(loaded.model.get())));
  if (facts.embedding_length == 0 || facts.context_tokens == 0)
    return base::Error(base::ErrorCode::upstream_failed, "the model's vectors have no numbers");
  loaded.context.reset(llama_init_from_model(loaded.model.get(), context_params(loaded, pooling)));
  if (!loaded.context) {
    return base::Error(base::ErrorCode::upstream_failed,
                       "there is not enough memory for the model's context");
  }
  return {};
}

int compute_batch(const LoadedModel& model, const llama_batch& batch) {
  const bool decodes = llama_model_has_decoder(model.model.get());
  return decodes ? llama_decode(model.context.get(), batch)
                 : llama_encode(model.context.get(), batch);
}

}  // namespace b3iq::runtimes::worker
