#include "agent/models/installed_model.h"

#include <fmt/format.h>

#include <algorithm>

#include "gguf/memory_estimate.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

// What the embedded runtime takes when config.json names no context (worker's default).
constexpr std::int64_t kUsualContextTokens = 4096;
constexpr std::int64_t kMsPerSecond = 1000;

bool may_stand_in_id(char c) {
  const bool alphanumeric =
      (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return alphanumeric || std::string_view("._:/@-").find(c) != std::string_view::npos;
}

std::string text(json::Value root, std::string_view name) {
  return std::string(root.find(name).string().value_or(""));
}
std::int64_t number(json::Value root, std::string_view name) {
  return root.find(name).integer().value_or(0);
}

}  // namespace

Status check_servable(const gguf::Facts& facts) {
  const auto refuse = [](std::string why) {
    return Error(ErrorCode::unsupported_parameter, std::move(why), "source");
  };
  if (facts.split && facts.split->count > 1) {
    return refuse(
        fmt::format("This file is one of {} parts of a model. The embedded runtime takes one file: "
                    "join them with `llama-gguf-split --merge`, or take a smaller quantisation.",
                    facts.split->count));
  }
  switch (facts.kind) {
    case gguf::ModelKind::text:
    case gguf::ModelKind::embedding:
      return {};
    case gguf::ModelKind::vision_projector:
      return refuse("This file is the second part of a vision model (mmproj), not a model.");
    case gguf::ModelKind::adapter:
      return refuse("This file is an adapter (LoRA), not a model.");
    case gguf::ModelKind::reranker:
      return refuse("This model ranks texts; the embedded runtime serves chat and embeddings.");
  }
  return refuse("This file holds no model that the embedded runtime serves.");
}

void take_facts(const gguf::Facts& facts, std::int64_t context_tokens, std::int64_t slots,
                InstalledModel& model) {
  model.kind = gguf::kind_name(facts.kind);
  model.architecture = facts.architecture;
  model.quantization = facts.quantization.value_or("");
  model.license = facts.license.value_or("");
  model.parameters = static_cast<std::int64_t>(facts.parameters);
  model.trained_context_tokens = static_cast<std::int64_t>(facts.context_length.value_or(0));
  auto context = context_tokens > 0 ? context_tokens : kUsualContextTokens;
  if (model.trained_context_tokens > 0) context = std::min(context, model.trained_context_tokens);
  gguf::MemoryUse use;
  use.context_tokens = static_cast<std::uint64_t>(context * slots);
  const auto need = gguf::estimate_memory(facts, use);
  if (need.ok()) model.estimated_memory_bytes = static_cast<std::int64_t>(need->total_bytes);
}

Status check_model_id(std::string_view id) {
  const bool begins_well = !id.empty() && may_stand_in_id(id[0]) &&
                           std::string_view("._:/@-").find(id[0]) == std::string_view::npos;
  if (begins_well && id.size() <= kMaxModelIdBytes && std::ranges::all_of(id, may_stand_in_id))
    return {};
  return Error(ErrorCode::invalid_request,
               fmt::format("A model's name has 1 to {} of letters, digits and ._:/@- and begins "
                           "with a letter or digit.",
                           kMaxModelIdBytes),
               "name");
}

void write_installed_model(json::Writer& w, const InstalledModel& model) {
  w.begin_object();
  w.member("id", model.id);
  w.member("folder", model.folder);
  w.member("bytes", model.bytes);
  w.member("sha256", model.sha256);
  w.member("source", model.source);
  w.member("installed_at_ms", model.installed_at_ms);
  w.member("kind", model.kind);
  w.member("architecture", model.architecture);
  w.member("quantization", model.quantization);
  w.member("license", model.license);
  w.member("parameters", model.parameters);
  w.member("trained_context_tokens", model.trained_context_tokens);
  w.member("estimated_memory_bytes", model.estimated_memory_bytes);
  w.member("was_loaded", model.was_loaded);
  w.member("measured_memory_bytes", model.learned.memory_bytes);
  w.member("context_tokens", model.learned.context_tokens);
  w.member("tools", model.learned.tools);
  w.member("load_ms", model.load_ms);
  w.end_object();
}

Result<InstalledModel> read_installed_model(std::string_view document) {
  TRY(const auto parsed, json::Document::parse(document));
  const auto root = parsed.root();
  InstalledModel model;
  model.id = text(root, "id");
  model.folder = text(root, "folder");
  if (model.id.empty() || model.folder.empty() || model.folder.find('/') != std::string::npos)
    return Error(ErrorCode::corrupt, "A row of installed_models in state.db is damaged.");
  model.bytes = number(root, "bytes");
  model.sha256 = text(root, "sha256");
  model.source = text(root, "source");
  model.installed_at_ms = number(root, "installed_at_ms");
  model.kind = text(root, "kind");
  model.architecture = text(root, "architecture");
  model.quantization = text(root, "quantization");
  model.license = text(root, "license");
  model.parameters = number(root, "parameters");
  model.trained_context_tokens = number(root, "trained_context_tokens");
  model.estimated_memory_bytes = number(root, "estimated_memory_bytes");
  model.was_loaded = root.find("was_loaded").boolean().value_or(false);
  model.learned.memory_bytes = number(root, "measured_memory_bytes");
  model.learned.context_tokens = number(root, "context_tokens");
  model.learned.tools = root.find("tools").boolean().value_or(false);
  model.load_ms = number(root, "load_ms");
  return model;
}

runtimes::HostedModel hosted_model(const InstalledModel& model, const std::string& models_folder) {
  runtimes::HostedModel hosted;
  hosted.name = model.id;
  hosted.path = fmt::format("{}/{}/{}", models_folder, model.folder, kModelFileName);
  hosted.created = model.installed_at_ms / kMsPerSecond;
  hosted.size_bytes = model.bytes;
  hosted.memory_bytes =
      model.learned.memory_bytes > 0 ? model.learned.memory_bytes : model.estimated_memory_bytes;
  hosted.estimated_bytes = model.estimated_memory_bytes;
  hosted.memory_measured = model.learned.memory_bytes > 0;
  hosted.context_tokens = model.learned.context_tokens;
  if (model.was_loaded) hosted.tools = model.learned.tools;
  return hosted;
}

}  // namespace b3iq::agent
