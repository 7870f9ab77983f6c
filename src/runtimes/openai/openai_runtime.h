// The runtime adapter for any server that speaks the OpenAI dialect: llama-server, vLLM, SGLang,
// Ollama, LM Studio, hosted services. The caller's body goes on byte for byte but for what
// upstream_body.h names; answers come back the same way.
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
#include "runtimes/upstream/trailing_bodies.h"

namespace b3iq::runtimes {

inline constexpr std::size_t kMaxAnswerBytes = std::size_t{32} * 1024 * 1024;

struct OpenAiConfig {
  std::string id;                   // configured name of the runtime
  std::string base_url;             // "http://127.0.0.1:8080/v1"; without a path, /v1 is taken
  std::string api_key;              // secret, "" for none; sent as a bearer token and never printed
  std::string ca_file;              // "" for the system's authorities
  std::vector<std::string> models;  // "" asks the server
  std::uint16_t own_port = 0;       // this node's listener: never dialled on loopback
  http::ClientLimits limits;
};

class OpenAiRuntime final : public inference::Runtime {
 public:
  // `loop` outlives the runtime. Errors: config_invalid naming what is wrong with base_url or
  // api_key.
  static base::Result<std::unique_ptr<OpenAiRuntime>> create(http::EventLoop& loop,
                                                             OpenAiConfig config);
  ~OpenAiRuntime() override;

  std::string_view id() const override { return config_.id; }
  std::string_view kind() const override { return "openai"; }
  // What the last contact (models(), stream(), answer()) showed. Before the first: `loading`.
  inference::RuntimeHealth health() const override { return health_; }
  // GET /models. With a configured list that one is given, and the request only refreshes health().
  base::Task<base::Result<std::vector<inference::RuntimeModel>>> models() override;
  // Errors: those of upstream_error.h and of http::Client::send; in the stream also those of
  // inference::SseRelay.
  base::Task<base::Result<std::unique_ptr<inference::TokenStream>>> stream(
      const inference::ChatRequest& request, base::CancelToken cancel) override;
  base::Task<base::Result<inference::ChatAnswer>> answer(const inference::ChatRequest& request,
                                                         base::CancelToken cancel) override;

 private:
  OpenAiRuntime(http::EventLoop& loop, OpenAiConfig config, http::Origin origin);
  // Sends and checks the status; gives an answer of status 200.
  base::Task<base::Result<std::unique_ptr<http::ClientResponse>>> chat(
      const inference::ChatRequest& request, base::CancelToken cancel);
  base::Task<base::Result<std::unique_ptr<http::ClientResponse>>> exchange(
      const http::ClientRequest& request, base::CancelToken cancel);
  base::Task<base::Result<std::vector<inference::RuntimeModel>>> ask_models();
  std::vector<http::HeaderView> headers(std::string_view accept) const;
  std::vector<inference::RuntimeModel> configured_models() const;
  void note_contact(const base::Error* error);

  OpenAiConfig config_;
  std::string authorization_;  // the header's value; empty without a key
  http::Origin origin_;
  http::Client client_;
  std::shared_ptr<TrailingBodies> trailing_;
  inference::RuntimeHealth health_;
};

}  // namespace b3iq::runtimes
