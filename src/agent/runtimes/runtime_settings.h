// The entries of `runtimes` in config.json, typed and checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/json.h"
#include "runtimes/openai/server_profile.h"

namespace b3iq::agent {

inline constexpr std::size_t kMaxRuntimes = 32;
inline constexpr std::int64_t kMaxConcurrent = 100'000;

enum class RuntimeKind : std::uint8_t { embedded, openai, ollama, vllm, sglang };
// As config.json calls it.
std::string_view runtime_kind_name(RuntimeKind kind);

// One entry of `runtimes` in config.json.
struct RuntimeSettings {
  std::string id;
  bool built_in = false;  // stands in no config.json
  RuntimeKind kind = RuntimeKind::embedded;
  // embedded
  std::string model_path;  // "" or "default": the built-in model
  std::string model_name;  // "" : the file's name without .gguf
  // A request's context; 0: the model's own, at most kMaxDefaultContext. Ollama: num_ctx, 0 leaves
  // Ollama's own.
  std::int64_t context_tokens = 0;
  std::int64_t slots = 8;    // requests that run at once
  std::int64_t threads = 0;  // 0: chosen by the worker
  std::int64_t gpu_layers = 0;
  // all others
  std::string base_url;
  std::string api_key_file;
  std::string ca_file;
  std::vector<std::string> models;  // empty: ask the runtime
  std::int64_t max_concurrent = 0;  // calls that the node sends it at once; 0: no limit
  runtimes::ServerProfile profile = runtimes::ServerProfile::any;  // of the kind openai
};

// The id of the runtime that runs the installed models; no entry of `runtimes` may have it.
inline constexpr std::string_view kInstalledRuntime = "installed";

// The one that there is without the section.
inline constexpr std::string_view kBuiltInRuntime = "embedded";

bool valid_runtime_id(std::string_view id);
inline constexpr std::string_view kRuntimeIdRule = "1 to 64 of a-z, 0-9, '-' and '_'";
// Nothing when there is no such kind.
std::optional<RuntimeKind> runtime_kind_named(std::string_view name);
// `profile` of the kind openai; nothing when there is no such profile.
std::optional<runtimes::ServerProfile> server_profile_named(std::string_view name);
// What a server of the kind is, where its profile does not say more.
runtimes::ServerProfile profile_of_kind(RuntimeKind kind);

// The section as a whole; nothing: the built-in model alone. Errors: config_invalid naming the
// entry and the member.
base::Result<std::vector<RuntimeSettings>> read_runtimes(json::Value section);

}  // namespace b3iq::agent
