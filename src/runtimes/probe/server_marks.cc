#include "runtimes/probe/server_marks.h"

#include <algorithm>
#include <utility>

#include "json/json.h"
#include "runtimes/ollama/ollama_models.h"
#include "runtimes/openai/model_list.h"
#include "runtimes/openai/server_facts.h"

namespace b3iq::runtimes {
namespace {

using Documents = std::vector<json::Document>;

constexpr ServerMark kOllama[] = {
    {.path = "/", .json = false}, {.path = "/api/version"}, {.path = "/api/tags"}};
constexpr ServerMark kLmStudio[] = {{.path = "/api/v0/models"}};
constexpr ServerMark kLlamaServer[] = {{.path = "/props"}, {.path = "/v1/models"}};
constexpr ServerMark kVllm[] = {{.path = "/version"}, {.path = "/v1/models"}};
constexpr ServerMark kSglang[] = {{.path = "/get_model_info"}, {.path = "/v1/models"}};

bool positive(json::Value value) { return value.integer().value_or(0) > 0; }
bool has_text(json::Value value) { return !value.string().value_or("").empty(); }

// The names of a list {"object":"list","data":[…]} whose every entry is `owner`'s; nothing when one
// is not, or there is none.
std::optional<std::vector<std::string>> models_owned_by(json::Value root, std::string_view owner) {
  const json::Value data = root.find("data");
  if (root.find("object").string() != "list" || !data.is_array()) return std::nullopt;
  if (data.size() == 0 || data.size() > kMaxModels) return std::nullopt;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const json::Value entry = data.at(i);
    const auto id = entry.find("id").string();
    if (!id || id->empty() || id->size() > kMaxModelIdBytes) return std::nullopt;
    if (entry.find("owned_by").string() != owner) return std::nullopt;
    names.emplace_back(*id);
  }
  return names;
}

// Marks: "Ollama is running", a version and nothing else, tags with digests. Others speak Ollama's
// API too, but not with these words at the root.
std::optional<FoundRuntime> recognize_ollama(const std::vector<std::string>& bodies) {
  if (bodies[0] != "Ollama is running") return std::nullopt;
  FoundRuntime found{.server = ProbedServer::ollama};
  found.version = read_ollama_version(bodies[1]);
  const auto tags = read_ollama_tags(bodies[2]);
  if (found.version.empty() || !tags.ok()) return std::nullopt;
  for (const OllamaTag& tag : *tags) {
    if (!tag.remote) found.models.push_back(tag.name);
  }
  return found;
}

// Marks: every model has a type, a state and a context as LM Studio writes them.
std::optional<FoundRuntime> recognize_lmstudio(const Documents& told) {
  constexpr std::string_view kTypes[] = {"llm", "vlm", "embeddings"};
  constexpr std::string_view kStates[] = {"loaded", "not-loaded"};
  const json::Value data = told[0].root().find("data");
  if (!data.is_array() || data.size() == 0 || data.size() > kMaxModels) return std::nullopt;
  FoundRuntime found{.server = ProbedServer::lmstudio};
  for (std::size_t i = 0; i < data.size(); ++i) {
    const json::Value entry = data.at(i);
    const auto type = entry.find("type").string().value_or("");
    const auto state = entry.find("state").string().value_or("");
    const bool known = std::ranges::find(kTypes, type) != std::end(kTypes) &&
                       std::ranges::find(kStates, state) != std::end(kStates);
    if (!known || !has_text(entry.find("id")) || !positive(entry.find("max_context_length"))) {
      return std::nullopt;
    }
    found.models.emplace_back(entry.find("id").string().value_or(""));
  }
  return found;
}

std::optional<FoundRuntime> recognize_llama_server(const Documents& told) {
  const json::Value props = told[0].root();
  FoundRuntime found{.server = ProbedServer::llama_server};
  found.version = read_version(props.find("build_info"));
  const bool one = positive(props.find("total_slots"));
  const bool router = props.find("role").string() == "router";
  const bool settings = props.find("default_generation_settings").is_object();
  auto names = models_owned_by(told[1].root(), "llamacpp");
  if (found.version.empty() || !(one || router) || !settings || !names) return std::nullopt;
  found.models = *std::move(names);
  return found;
}

std::optional<FoundRuntime> recognize_vllm(const Documents& told) {
  FoundRuntime found{.server = ProbedServer::vllm};
  found.version = read_version(told[0].root().find("version"));
  auto names = models_owned_by(told[1].root(), "vllm");
  if (found.version.empty() || !names) return std::nullopt;
  // A LoRA adapter is listed without a length; the model itself has one.
  const json::Value data = told[1].root().find("data");
  bool has_length = false;
  for (std::size_t i = 0; i < data.size(); ++i) {
    has_length = has_length || positive(data.at(i).find("max_model_len"));
  }
  if (!has_length) return std::nullopt;
  found.models = *std::move(names);
  return found;
}

std::optional<FoundRuntime> recognize_sglang(const Documents& told) {
  const json::Value info = told[0].root();
  auto names = models_owned_by(told[1].root(), "sglang");
  if (!has_text(info.find("model_path")) || !info.find("is_generation").boolean() || !names) {
    return std::nullopt;
  }
  return FoundRuntime{
      .server = ProbedServer::sglang, .base_url = {}, .version = {}, .models = *std::move(names)};
}

std::optional<Documents> parse_all(const std::vector<std::string>& bodies) {
  Documents documents;
  for (const std::string& body : bodies) {
    auto document = json::Document::parse(body, {.max_bytes = kMaxProbeBytes});
    if (!document.ok() || !document->root().is_object()) return std::nullopt;
    documents.push_back(std::move(document).value());
  }
  return documents;
}

}  // namespace

std::span<const ServerMark> marks_of(ProbedServer server) {
  switch (server) {
    case ProbedServer::ollama:
      return kOllama;
    case ProbedServer::lmstudio:
      return kLmStudio;
    case ProbedServer::llama_server:
      return kLlamaServer;
    case ProbedServer::vllm:
      return kVllm;
    case ProbedServer::sglang:
      break;
  }
  return kSglang;
}

std::optional<FoundRuntime> recognize(ProbedServer server, const std::vector<std::string>& bodies) {
  if (bodies.size() != marks_of(server).size()) return std::nullopt;
  if (server == ProbedServer::ollama) return recognize_ollama(bodies);
  const auto told = parse_all(bodies);
  if (!told) return std::nullopt;
  switch (server) {
    case ProbedServer::lmstudio:
      return recognize_lmstudio(*told);
    case ProbedServer::llama_server:
      return recognize_llama_server(*told);
    case ProbedServer::vllm:
      return recognize_vllm(*told);
    case ProbedServer::sglang:
      return recognize_sglang(*told);
    case ProbedServer::ollama:
      break;
  }
  return std::nullopt;
}

}  // namespace b3iq::runtimes
