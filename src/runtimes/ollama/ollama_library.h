// Ollama's store of models: pull and remove. What model jobs use; chats do not.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/unique_function.h"
#include "runtimes/ollama/ollama_runtime.h"

namespace b3iq::runtimes {

struct PullProgress {
  std::string status;  // Ollama's words: "pulling manifest", "verifying sha256 digest", …
  std::string digest;  // of the layer, "" between layers
  std::optional<std::int64_t> total_bytes;      // of the layer
  std::optional<std::int64_t> completed_bytes;  // of the layer
};

inline constexpr std::size_t kMaxOllamaNameBytes = 256;
// Ollama says nothing while it verifies a large layer.
inline constexpr std::int64_t kPullSilenceMs = 900'000;

// Names as Ollama writes them: [host/][namespace/]model[:tag], of letters, digits and ._-. A host
// must be a name with a dot and without a port: a model id must not make Ollama dial an address of
// this machine or its network. Error: invalid_request with param "model".
base::Status check_ollama_name(std::string_view name);

// Belongs to one loop. One pull at a time per name is the caller's business; Ollama itself joins
// two pulls of one layer.
class OllamaLibrary {
 public:
  // `config.limits` are not used: a pull has its own. `loop` outlives it.
  static base::Result<std::unique_ptr<OllamaLibrary>> create(http::EventLoop& loop,
                                                             OllamaConfig config);

  // Until Ollama says "success". Cancelling closes the connection, and Ollama stops; what it has
  // stays with it, and the next pull goes on there. Errors: those of check_ollama_name,
  // model_not_found, cancelled, upstream_failed with Ollama's words, or when the stream ends
  // without success.
  base::Task<base::Status> pull(std::string name,
                                base::UniqueFunction<void(const PullProgress&)> on_progress,
                                base::CancelToken cancel);
  // Errors: model_not_found, and those of check_ollama_name and upstream_error.h.
  base::Task<base::Status> remove(std::string name);

 private:
  explicit OllamaLibrary(std::unique_ptr<Upstream> upstream) : upstream_(std::move(upstream)) {}
  std::unique_ptr<Upstream> upstream_;
};

}  // namespace b3iq::runtimes
