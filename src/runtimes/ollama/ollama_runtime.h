// The runtime adapter for Ollama's own API. What the OpenAI dialect has and Ollama's API has not is
// refused by its capabilities: forced tools, logit_bias, audio and file parts, members that are
// unknown here. Models whose answers Ollama fetches from another host are offered only when the
// owner names them.
//
// Belongs to one loop and is used on its thread only. No retries after a byte was sent, no
// redirects.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "http/client.h"
#include "http/event_loop.h"
#include "inference/runtime.h"
#include "runtimes/ollama/ollama_models.h"
#include "runtimes/upstream/trailing_bodies.h"
#include "runtimes/upstream/upstream.h"

namespace b3iq::runtimes {

// Models that are asked about with /api/show in one models(); the rest wait for the next.
inline constexpr std::size_t kMaxOllamaShown = 64;

struct OllamaConfig {
  std::string id;                   // configured name of the runtime
  std::string base_url;             // "http://127.0.0.1:11434", without /v1 or /api
  std::string api_key;              // secret, "" for none: Ollama itself has none, proxies may
  std::string ca_file;              // "" for the system's authorities
  std::vector<std::string> models;  // empty: all that Ollama has on this machine
  std::int64_t context_tokens = 0;  // num_ctx of every request; 0 leaves Ollama's own
  std::uint16_t own_port = 0;       // this node's listener: never dialled
  http::ClientLimits limits;
};

// Errors: config_invalid naming what is wrong with base_url or api_key.
base::Result<std::unique_ptr<Upstream>> make_ollama_upstream(http::EventLoop& loop,
                                                             const OllamaConfig& config);

class OllamaRuntime final : public inference::Runtime {
 public:
  // `loop` outlives the runtime. Errors: those of make_ollama_upstream.
  static base::Result<std::unique_ptr<OllamaRuntime>> create(http::EventLoop& loop,
                                                             OllamaConfig config);
  ~OllamaRuntime() override;

  std::string_view id() const override { return upstream_->id(); }
  std::string_view kind() const override { return "ollama"; }
  // What the last contact showed. Before the first: `loading`.
  inference::RuntimeHealth health() const override { return upstream_->health(); }
  // /api/tags, /api/ps, /api/version, and /api/show once for each digest. The context is that of
  // the loaded model, else the longest that the model knows.
  base::Task<base::Result<std::vector<inference::RuntimeModel>>> models() override;
  // Errors: those of ollama_request.h, upstream_error.h, http::Client::send and ollama_stream.h.
  base::Task<base::Result<std::unique_ptr<inference::TokenStream>>> stream(
      const inference::ChatRequest& request, base::CancelToken cancel) override;
  base::Task<base::Result<inference::ChatAnswer>> answer(const inference::ChatRequest& request,
                                                         base::CancelToken cancel) override;
  // The version. Ollama does not tell how many requests run or wait.
  base::Task<base::Result<inference::RuntimeFacts>> facts() override;
  // POST /api/embed. Inputs that do not fit are refused, not cut.
  base::Task<base::Result<inference::EmbeddingAnswer>> embed(
      const inference::EmbeddingRequest& request, base::CancelToken cancel) override;

 private:
  struct Shown {
    std::string digest;
    inference::Capabilities capabilities;
  };

  OllamaRuntime(std::unique_ptr<Upstream> upstream, OllamaConfig config);
  base::Task<base::Result<UpstreamResponse>> post(std::string_view path, std::string_view body,
                                                  std::string_view model,
                                                  std::string_view traceparent,
                                                  base::CancelToken cancel);
  base::Task<base::Result<UpstreamResponse>> chat(const inference::ChatRequest& request,
                                                  base::CancelToken cancel);
  base::Task<base::Result<std::string>> ask(std::string_view path, std::size_t limit);
  base::Task<std::string> ask_version();
  // Fills shown_ for models it does not have, or has in another version.
  base::Task<void> show_new(const std::vector<OllamaTag>& tags);
  bool offers(const OllamaTag& tag) const;
  inference::RuntimeModel model_of(const OllamaTag& tag, std::string_view version) const;

  std::unique_ptr<Upstream> upstream_;
  std::vector<std::string> models_;
  std::int64_t context_tokens_;
  std::map<std::string, Shown, std::less<>> shown_;  // by name; only what /api/tags lists
  std::shared_ptr<TrailingBodies> trailing_;
};

}  // namespace b3iq::runtimes
