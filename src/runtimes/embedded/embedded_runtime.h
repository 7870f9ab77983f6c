// The embedded runtime: one model in a worker process of its own (worker_hub.h), as a Runtime of
// the port.
//
// Objects are light: each loop has its own, all on one shared hub. A request's stream is used on
// the loop that opened it.
#pragma once

#include <memory>
#include <string>

#include "inference/runtime.h"
#include "runtimes/embedded/model_file.h"
#include "runtimes/embedded/worker_hub.h"

namespace b3iq::runtimes {

struct EmbeddedSettings {
  std::string id = "embedded";
  std::string model_name;  // the name under which the model is offered
  std::string model_path;
  std::string worker_binary;
  std::string llama_folder;
  std::uint32_t context_tokens = 0;  // per request; 0: the model's own, at most 4096
  std::uint32_t slots = 8;           // requests that run at once
  std::uint32_t threads = 0;         // 0: one per physical core, one in all for a tiny model
  std::int32_t gpu_layers = 0;       // -1: all; needs a build with a GPU back end
  std::uint32_t max_queue = 64;      // requests that wait for a slot
  bool start_at_once = true;         // else at the first request
};

WorkerSettings worker_settings(const EmbeddedSettings& settings);
// The worker that all loops share.
std::shared_ptr<WorkerHub> make_worker_hub(const EmbeddedSettings& settings);

class EmbeddedRuntime final : public inference::Runtime {
 public:
  EmbeddedRuntime(EmbeddedSettings settings, std::shared_ptr<WorkerHub> hub);
  explicit EmbeddedRuntime(const EmbeddedSettings& settings)
      : EmbeddedRuntime(settings, make_worker_hub(settings)) {}

  std::string_view id() const override { return settings_.id; }
  std::string_view kind() const override { return "embedded"; }
  inference::RuntimeHealth health() const override;
  // The one model. Whether it chats or makes embeddings, and its context, are known from its file;
  // what its template can do once it is loaded.
  base::Task<base::Result<std::vector<inference::RuntimeModel>>> models() override;
  // Errors: overloaded, runtime_unreachable, model_loading; from the worker invalid_request,
  // context_length_exceeded and upstream_failed (then as the first next()).
  base::Task<base::Result<std::unique_ptr<inference::TokenStream>>> stream(
      const inference::ChatRequest& request, base::CancelToken cancel) override;
  base::Task<base::Result<inference::ChatAnswer>> answer(const inference::ChatRequest& request,
                                                         base::CancelToken cancel) override;
  // Of a model made for embeddings. Vectors have length 1. Errors: as stream();
  // context_length_exceeded names the input, unsupported_parameter for dimensions that are not its
  // own.
  base::Task<base::Result<inference::EmbeddingAnswer>> embed(
      const inference::EmbeddingRequest& request, base::CancelToken cancel) override;

  WorkerStatus worker_status() const { return hub_->status(); }

 private:
  EmbeddedSettings settings_;
  std::shared_ptr<WorkerHub> hub_;
  ModelFile file_;
};

}  // namespace b3iq::runtimes
