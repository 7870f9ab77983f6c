// The model and its context, loaded from the inherited descriptor. The file is not trusted; what
// the library rejects becomes an error, what makes it abort ends this process.
#pragma once

#include <chat.h>
#include <llama.h>

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "runtimes/embedded/worker_frame.h"

namespace b3iq::runtimes::worker {

inline constexpr std::uint32_t kMinContextTokens = 64;
inline constexpr std::uint32_t kMaxContextTokens = 1u << 20;
inline constexpr std::uint32_t kMaxSlots = 64;
// Tokens that one call of the library may process: the largest step of prompt processing.
inline constexpr std::uint32_t kBatchTokens = 512;
// Below this many parameters more threads cost more than they bring.
inline constexpr std::uint64_t kOneThreadParameters = 50'000'000;

struct LlamaDeleter {
  void operator()(llama_model* model) const { llama_model_free(model); }
  void operator()(llama_context* context) const { llama_free(context); }
};

struct LoadedModel {
  std::unique_ptr<llama_model, LlamaDeleter> model;
  std::unique_ptr<llama_context, LlamaDeleter> context;
  common_chat_templates_ptr templates;
  const llama_vocab* vocab = nullptr;
  ReadyFrame facts;        // the numbers that are in force; with embedding_length: no templates
  bool in_pieces = false;  // for embeddings: an input may be computed kBatchTokens at a time
};

// `progress` gets 0..1 while reading. `cores` is the number of physical cores.
base::Result<LoadedModel> load_model(const LoadFrame& request, int model_fd, unsigned cores,
                                     std::function<void(float)> progress);

// The library's log: keeps the last warning or error, so that a failure can be explained. Call
// once, first.
void capture_library_log();
std::string take_library_error();

}  // namespace b3iq::runtimes::worker
