// What Ollama tells of itself and its models, and its errors in words that name the fix.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "inference/runtime.h"

namespace b3iq::runtimes {

inline constexpr std::size_t kMaxOllamaTagsBytes = std::size_t{8} * 1024 * 1024;
inline constexpr std::size_t kMaxOllamaShowBytes = std::size_t{16} * 1024 * 1024;
inline constexpr std::size_t kMaxOllamaModels = 4096;

struct OllamaTag {
  std::string name;
  std::string digest;
  std::int64_t size_bytes = 0;
  bool remote = false;  // runs on another host: prompts would leave the machine
};
// GET /api/tags. upstream_failed for anything else: a stranger's service is no Ollama.
base::Result<std::vector<OllamaTag>> read_ollama_tags(std::string_view body);

struct OllamaLoaded {
  std::string name;
  std::int64_t context_tokens = 0;  // 0 unknown
};
// GET /api/ps; nothing for anything else.
std::optional<std::vector<OllamaLoaded>> read_ollama_ps(std::string_view body);

// GET /api/version; "" for anything else.
std::string read_ollama_version(std::string_view body);
// "0.12.11-rc1" is at least 0.12.11. False for what is no version.
bool version_at_least(std::string_view version, int major, int minor, int patch);

// What every model of Ollama can, without what only /api/show tells.
inference::Capabilities ollama_capabilities(std::string_view server_version);
// POST /api/show: adds `capabilities` and the context. False for anything else.
bool read_ollama_show(std::string_view body, inference::Capabilities& capabilities);

// The same error with what to do: start Ollama, pull the model. `model` may be "".
base::Error ollama_words(base::Error error, std::string_view model = {});

}  // namespace b3iq::runtimes
