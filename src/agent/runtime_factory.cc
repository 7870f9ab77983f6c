#include "agent/runtime_factory.h"

#include <fmt/format.h>

#include "base/text.h"
#include "crypto/secret_file.h"
#include "runtimes/embedded/embedded_runtime.h"
#include "runtimes/ollama/ollama_runtime.h"
#include "runtimes/openai/openai_runtime.h"

namespace b3iq::agent {

using base::Result;

namespace {

using RuntimePointer = std::unique_ptr<inference::Runtime>;

// "b3iq-atlas-5m-q8_0.gguf" is offered as "b3iq-atlas-5m": the quantisation is no part of a model's
// name.
std::string name_of_file(std::string_view path) {
  auto name = path.substr(path.rfind('/') + 1);
  if (name.ends_with(".gguf")) name.remove_suffix(5);
  if (name.ends_with("-q8_0")) name.remove_suffix(5);
  return std::string(name);
}

RuntimePointer make_embedded(const RuntimeSettings& settings, const Installation& installation) {
  runtimes::EmbeddedSettings embedded;
  embedded.id = settings.id;
  auto [path, name] = embedded_model(settings, installation);
  embedded.model_path = std::move(path);
  embedded.model_name = std::move(name);
  embedded.worker_binary = installation.worker;
  embedded.llama_folder = installation.llama_folder;
  embedded.context_tokens = static_cast<std::uint32_t>(settings.context_tokens);
  embedded.slots = static_cast<std::uint32_t>(settings.slots);
  embedded.threads = static_cast<std::uint32_t>(settings.threads);
  embedded.gpu_layers = static_cast<std::int32_t>(settings.gpu_layers);
  return std::make_unique<runtimes::EmbeddedRuntime>(embedded);
}

Result<std::string> read_api_key(const RuntimeSettings& settings) {
  if (settings.api_key_file.empty()) return std::string();
  const auto key = crypto::read_secret_file(settings.api_key_file);
  if (!key.ok())
    return base::Error(key.error().code, fmt::format("api_key_file: {}", key.error().detail));
  return std::string(base::trimmed(key->reveal_text()));
}

Result<RuntimePointer> make_openai(http::EventLoop& loop, const RuntimeSettings& settings,
                                   std::string api_key, std::uint16_t own_port) {
  runtimes::OpenAiConfig config;
  config.id = settings.id;
  config.base_url = settings.base_url;
  config.api_key = std::move(api_key);
  config.ca_file = settings.ca_file;
  config.models = settings.models;
  config.own_port = own_port;
  config.profile = settings.profile;
  TRY(auto runtime, runtimes::OpenAiRuntime::create(loop, std::move(config)));
  return RuntimePointer(std::move(runtime));
}

runtimes::OllamaConfig ollama_config(const RuntimeSettings& settings, std::string api_key,
                                     std::uint16_t own_port) {
  runtimes::OllamaConfig config;
  config.id = settings.id;
  config.base_url = settings.base_url;
  config.api_key = std::move(api_key);
  config.ca_file = settings.ca_file;
  config.models = settings.models;
  config.context_tokens = settings.context_tokens;
  config.own_port = own_port;
  return config;
}

// An error in config.json, whatever it was in itself.
base::Error about_runtime(const RuntimeSettings& settings, const base::Error& error) {
  return {base::ErrorCode::config_invalid,
          fmt::format("The runtime '{}' in config.json: {}", settings.id, error.detail)};
}

}  // namespace

EmbeddedModel embedded_model(const RuntimeSettings& settings, const Installation& installation) {
  EmbeddedModel model{settings.model_path, settings.model_name};
  if (model.path.empty()) model.path = installation.default_model;
  if (model.name.empty()) model.name = name_of_file(model.path);
  return model;
}

runtimes::ModelHostSettings host_settings(const InstalledModelSettings& settings,
                                          const Installation& installation) {
  runtimes::ModelHostSettings host;
  host.worker.id = kInstalledRuntime;
  host.worker.worker_binary = installation.worker;
  host.worker.llama_folder = installation.llama_folder;
  host.worker.context_tokens = static_cast<std::uint32_t>(settings.context_tokens);
  host.worker.slots = static_cast<std::uint32_t>(settings.slots);
  host.worker.threads = static_cast<std::uint32_t>(settings.threads);
  host.worker.gpu_layers = static_cast<std::int32_t>(settings.gpu_layers);
  host.memory_bytes = settings.memory_bytes;
  host.keep_idle_ms = settings.keep_loaded_ms;
  return host;
}

Result<std::unique_ptr<runtimes::OllamaLibrary>> make_ollama_library(http::EventLoop& loop,
                                                                     const Settings& settings,
                                                                     const std::string& id,
                                                                     std::uint16_t own_port) {
  for (const auto& each : settings.runtimes) {
    if (each.id != id || each.kind != RuntimeKind::ollama) continue;
    TRY(auto api_key, read_api_key(each));
    return runtimes::OllamaLibrary::create(loop, ollama_config(each, std::move(api_key), own_port));
  }
  return base::Error(base::ErrorCode::not_found,
                     "No runtime of the kind ollama has the id '" + id +
                         "' in config.json. `b3iq-host runtimes list` shows what there is.",
                     "runtime");
}

Result<RuntimePointer> make_server(http::EventLoop& loop, const RuntimeSettings& settings,
                                   std::string api_key, std::uint16_t own_port) {
  if (settings.kind != RuntimeKind::ollama)
    return make_openai(loop, settings, std::move(api_key), own_port);
  auto config = ollama_config(settings, std::move(api_key), own_port);
  TRY(auto runtime, runtimes::OllamaRuntime::create(loop, std::move(config)));
  return RuntimePointer(std::move(runtime));
}

Result<RuntimePointer> make_runtime(http::EventLoop& loop, const RuntimeSettings& settings,
                                    std::uint16_t own_port, const Installation& installation) {
  if (settings.kind == RuntimeKind::embedded) return make_embedded(settings, installation);
  TRY(auto api_key, read_api_key(settings));
  return make_server(loop, settings, std::move(api_key), own_port);
}

Result<std::vector<RuntimePointer>> make_runtimes(http::EventLoop& loop, const Settings& settings,
                                                  const Installation& installation) {
  std::vector<RuntimePointer> made;
  for (const auto& each : settings.runtimes) {
    auto runtime = make_runtime(loop, each, settings.listen.port, installation);
    if (!runtime.ok()) return about_runtime(each, runtime.error());
    made.push_back(std::move(runtime).value());
  }
  return made;
}

base::Status check_servers(const Settings& settings) {
  http::EventLoop loop;
  for (const auto& each : settings.runtimes) {
    if (each.kind == RuntimeKind::embedded) continue;
    const auto runtime = make_runtime(loop, each, settings.listen.port, {});
    if (!runtime.ok()) return about_runtime(each, runtime.error());
  }
  return {};
}

}  // namespace b3iq::agent
