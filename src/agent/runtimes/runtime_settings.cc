#include "agent/runtimes/runtime_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

constexpr RuntimeKind kRuntimeKinds[] = {RuntimeKind::embedded, RuntimeKind::openai,
                                         RuntimeKind::ollama, RuntimeKind::vllm,
                                         RuntimeKind::sglang};
constexpr std::int64_t kMaxSlots = 256;
constexpr std::int64_t kMaxThreads = 1024;
constexpr std::int64_t kMaxContextTokens = 16 * 1024 * 1024;
constexpr std::int64_t kMaxGpuLayers = 10'000;

// Reads the members of one entry of `runtimes`; remembers the first thing that is wrong.
class EntryReader {
 public:
  EntryReader(json::Value entry, std::size_t index)
      : entry_(entry), where_(fmt::format("runtimes[{}]", index)) {}

  void text(std::string_view name, std::string& out) {
    known_.push_back(name);
    const auto value = entry_.find(name);
    if (!value) return;
    if (const auto found = value.string()) {
      out = *found;
    } else {
      wrong(name, "a text");
    }
  }
  void integer(std::string_view name, std::int64_t low, std::int64_t high, std::int64_t& out) {
    known_.push_back(name);
    const auto value = entry_.find(name);
    if (!value) return;
    const auto found = value.integer();
    if (!found || *found < low || *found > high) {
      wrong(name, fmt::format("a whole number from {} to {}", low, high));
    } else {
      out = *found;
    }
  }
  void texts(std::string_view name, std::vector<std::string>& out) {
    known_.push_back(name);
    const auto value = entry_.find(name);
    if (!value) return;
    if (!value.is_array()) wrong(name, "a list of texts");
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (const auto item = value.at(i).string()) {
        out.emplace_back(*item);
      } else {
        wrong(name, "a list of texts");
      }
    }
  }
  void wrong(std::string_view name, std::string_view what) {
    if (!error_) {
      error_ = Error(ErrorCode::config_invalid,
                     fmt::format("'{}.{}' in config.json must be {}.", where_, name, what), where_);
    }
  }
  Status finish() {
    for (std::size_t i = 0; !error_ && i < entry_.size(); ++i) {
      const auto name = entry_.member(i).name;
      if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
        error_ = Error(
            ErrorCode::config_invalid,
            fmt::format("'{}' in config.json has no member '{}' (docs/config.md).", where_, name),
            where_);
      }
    }
    if (error_) return *error_;
    return {};
  }

 private:
  json::Value entry_;
  std::string where_;
  std::vector<std::string_view> known_;
  std::optional<Error> error_;
};

constexpr std::string_view kOllamaUrl = "http://127.0.0.1:11434";

void read_embedded(EntryReader& reader, RuntimeSettings& runtime) {
  reader.text("model", runtime.model_path);
  reader.text("name", runtime.model_name);
  reader.integer("context_tokens", 0, kMaxContextTokens, runtime.context_tokens);
  reader.integer("slots", 1, kMaxSlots, runtime.slots);
  reader.integer("threads", 0, kMaxThreads, runtime.threads);
  reader.integer("gpu_layers", -1, kMaxGpuLayers, runtime.gpu_layers);
}

// What every runtime has that is a server.
void read_server(EntryReader& reader, RuntimeSettings& runtime) {
  reader.text("base_url", runtime.base_url);
  reader.text("api_key_file", runtime.api_key_file);
  reader.text("ca_file", runtime.ca_file);
  reader.texts("models", runtime.models);
  reader.integer("max_concurrent", 0, kMaxConcurrent, runtime.max_concurrent);
  if (runtime.base_url.empty())
    reader.wrong("base_url", "the server's address, such as http://127.0.0.1:8080/v1");
}

void read_profile(EntryReader& reader, RuntimeSettings& runtime) {
  std::string profile;
  reader.text("profile", profile);
  if (profile.empty()) return;
  if (const auto named = server_profile_named(profile)) {
    runtime.profile = *named;
  } else {
    reader.wrong("profile", "lmstudio or llama-server, or be left out");
  }
}

void read_members(EntryReader& reader, RuntimeSettings& runtime) {
  switch (runtime.kind) {
    case RuntimeKind::embedded:
      read_embedded(reader, runtime);
      return;
    case RuntimeKind::ollama:
      runtime.base_url = kOllamaUrl;
      reader.integer("context_tokens", 0, kMaxContextTokens, runtime.context_tokens);
      break;
    case RuntimeKind::openai:
      read_profile(reader, runtime);
      break;
    case RuntimeKind::vllm:
    case RuntimeKind::sglang:
      runtime.profile = profile_of_kind(runtime.kind);
      break;
  }
  read_server(reader, runtime);
}

// False when there is no such kind.
bool read_kind(EntryReader& reader, std::string_view kind, RuntimeSettings& runtime) {
  const auto named = runtime_kind_named(kind);
  if (!named) return false;
  runtime.kind = *named;
  read_members(reader, runtime);
  return true;
}

Result<RuntimeSettings> read_runtime(json::Value entry, std::size_t index) {
  EntryReader reader(entry, index);
  RuntimeSettings runtime;
  std::string kind;
  reader.text("id", runtime.id);
  reader.text("kind", kind);
  if (!valid_runtime_id(runtime.id)) reader.wrong("id", kRuntimeIdRule);
  if (!read_kind(reader, kind, runtime))
    reader.wrong("kind", "embedded, ollama, vllm, sglang or openai");
  TRY_OK(reader.finish());
  return runtime;
}

}  // namespace

std::string_view runtime_kind_name(RuntimeKind kind) {
  switch (kind) {
    case RuntimeKind::embedded:
      return "embedded";
    case RuntimeKind::openai:
      return "openai";
    case RuntimeKind::ollama:
      return "ollama";
    case RuntimeKind::vllm:
      return "vllm";
    case RuntimeKind::sglang:
      break;
  }
  return "sglang";
}

bool valid_runtime_id(std::string_view id) {
  if (id.empty() || id.size() > 64) return false;
  for (const char c : id) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!allowed) return false;
  }
  return true;
}

std::optional<RuntimeKind> runtime_kind_named(std::string_view name) {
  const auto named = std::ranges::find(kRuntimeKinds, name, runtime_kind_name);
  if (named == std::end(kRuntimeKinds)) return std::nullopt;
  return *named;
}

std::optional<runtimes::ServerProfile> server_profile_named(std::string_view name) {
  if (name == "lmstudio") return runtimes::ServerProfile::lmstudio;
  if (name == "llama-server") return runtimes::ServerProfile::llama_server;
  return std::nullopt;
}

runtimes::ServerProfile profile_of_kind(RuntimeKind kind) {
  if (kind == RuntimeKind::vllm) return runtimes::ServerProfile::vllm;
  if (kind == RuntimeKind::sglang) return runtimes::ServerProfile::sglang;
  return runtimes::ServerProfile::any;
}

Result<std::vector<RuntimeSettings>> read_runtimes(json::Value section) {
  std::vector<RuntimeSettings> out;
  if (!section) {
    out.push_back({.id = std::string(kBuiltInRuntime), .built_in = true});
    return out;
  }
  if (!section.is_array() || section.size() > kMaxRuntimes) {
    return Error(ErrorCode::config_invalid,
                 fmt::format("'runtimes' in config.json must be a list of at most {} entries.",
                             kMaxRuntimes));
  }
  for (std::size_t i = 0; i < section.size(); ++i) {
    TRY(auto runtime, read_runtime(section.at(i), i));
    if (runtime.id == kInstalledRuntime) {
      return Error(ErrorCode::config_invalid,
                   fmt::format("The id '{}' in 'runtimes' of config.json belongs to the node's own "
                               "models. Take another one.",
                               kInstalledRuntime));
    }
    for (const auto& other : out) {
      if (other.id == runtime.id) {
        return Error(
            ErrorCode::config_invalid,
            fmt::format("Two entries of 'runtimes' in config.json have the id '{}'.", runtime.id));
      }
    }
    out.push_back(std::move(runtime));
  }
  return out;
}

}  // namespace b3iq::agent
