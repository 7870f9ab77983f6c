// A model whose file is in this node's folder: what its file says, and what running it has taught.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gguf/gguf.h"
#include "json/json.h"
#include "runtimes/embedded/model_host.h"

namespace b3iq::agent {

inline constexpr std::string_view kModelFileName = "model.gguf";
inline constexpr std::size_t kMaxModelIdBytes = 128;

struct InstalledModel {
  std::string id;      // the name it is offered by; never part of a path
  std::string folder;  // in the node's models folder, named by the node
  std::int64_t bytes = 0;
  std::string sha256;
  std::string source;  // for the owner: "catalogue qwen3-0.6b", "https://host/file", a path
  std::int64_t installed_at_ms = 0;

  // As the file says; "" and 0 unknown.
  std::string kind;  // "text", "embedding"
  std::string architecture;
  std::string quantization;
  std::string license;
  std::int64_t parameters = 0;
  std::int64_t trained_context_tokens = 0;
  std::int64_t estimated_memory_bytes = 0;

  // As loading it taught.
  runtimes::LoadedFacts learned;
  bool was_loaded = false;
  std::int64_t load_ms = 0;  // of the trial after it was installed
};

// Errors: unsupported_parameter when the embedded runtime cannot serve such a file (a projector, an
// adapter, a reranker, a part of a split model), saying what to take instead.
base::Status check_servable(const gguf::Facts& facts);
// Takes what the file says. `context_tokens` and `slots` as the node would load it.
void take_facts(const gguf::Facts& facts, std::int64_t context_tokens, std::int64_t slots,
                InstalledModel& model);

// Letters, digits and ._:/@- , beginning with a letter or digit, at most kMaxModelIdBytes. Error:
// invalid_request.
base::Status check_model_id(std::string_view id);

void write_installed_model(json::Writer& w, const InstalledModel& model);
// Error: corrupt.
base::Result<InstalledModel> read_installed_model(std::string_view document);

runtimes::HostedModel hosted_model(const InstalledModel& model, const std::string& models_folder);

}  // namespace b3iq::agent
