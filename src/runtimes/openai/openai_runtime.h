// The runtime adapter for any server that speaks the OpenAI dialect: llama-server, vLLM, SGLang,
// LM Studio, hosted services. The caller's body goes on byte for byte but for what upstream_body.h
// names; answers come back the same way.
//
// Belongs to one loop and is used on its thread only. No retries after a byte was sent, no
// redirects.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/client.h"
#include "http/event_loop.h"
#include "inference/runtime.h"
#include "runtimes/openai/server_profile.h"
#include "runtimes/upstream/trailing_bodies.h"
#include "runtimes/upstream/upstream.h"

namespace b3iq::runtimes {

struct OpenAiConfig {
  std::string id;                   // configured name of the runtime
  std::string base_url;             // "http://127.0.0.1:8080/v1"; without a path, /v1 is taken
  std::string api_key;              // secret, "" for none; sent as a bearer token and never printed
  std::string ca_file;              // "" for the system's authorities
  std::vector<std::string> models;  // empty asks the server
  std::uint16_t own_port = 0;       // this node's listener: never dialled
  http::ClientLimits limits;
  ServerProfile profile = ServerProfile::any;
};

class OpenAiRuntime final : public inference::Runtime {
 public:
  // `loop` outlives the runtime. Errors: config_invalid naming what is wrong with base_url or
  // api_key.
  static base::Result<std::unique_ptr<OpenAiRuntime>> create(http::EventLoop& loop,
                                                             OpenAiConfig config);
  ~OpenAiRuntime() override;

  std::string_view id() const override { return upstream_->id(); }
  std::string_view kind() const override { return profile_kind(profile_); }
  // What the last contact (models(), stream(), answer(), …) showed. Before the first: `loading`.
  inference::RuntimeHealth health() const override { return upstream_->health(); }
  // GET /models, and what the profile's server tells of each. With a configured list those are
  // given, and what is asked only adds to them.
  base::Task<base::Result<std::vector<inference::RuntimeModel>>> models() override;
  // Errors: those of upstream_error.h and of http::Client::send; in the stream also those of
  // inference::SseRelay.
  base::Task<base::Result<std::unique_ptr<inference::TokenStream>>> stream(
      const inference::ChatRequest& request, base::CancelToken cancel) override;
  base::Task<base::Result<inference::ChatAnswer>> answer(const inference::ChatRequest& request,
                                                         base::CancelToken cancel) override;
  // Version and load as far as the profile's server tells them.
  base::Task<base::Result<inference::RuntimeFacts>> facts() override;
  // POST /embeddings.
  base::Task<base::Result<inference::EmbeddingAnswer>> embed(
      const inference::EmbeddingRequest& request, base::CancelToken cancel) override;

 private:
  OpenAiRuntime(std::unique_ptr<Upstream> upstream, ServerProfile profile,
                std::vector<std::string> models);
  base::Task<base::Result<UpstreamResponse>> chat(const inference::ChatRequest& request,
                                                  base::CancelToken cancel);
  base::Task<base::Result<std::vector<inference::RuntimeModel>>> ask_models();
  std::vector<inference::RuntimeModel> configured_models(
      const std::vector<inference::RuntimeModel>& known) const;

  std::unique_ptr<Upstream> upstream_;
  ServerProfile profile_;
  std::vector<std::string> models_;
  std::shared_ptr<TrailingBodies> trailing_;
};

}  // namespace b3iq::runtimes
