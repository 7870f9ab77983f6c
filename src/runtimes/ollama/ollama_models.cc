#include "runtimes/ollama/ollama_models.h"

#include <algorithm>
#include <charconv>

#include "json/json.h"

namespace b3iq::runtimes {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::size_t kMaxNameBytes = 256;
constexpr std::size_t kMaxVersionBytes = 64;
// The first release whose chat API gives logprobs; earlier ones drop the member.
constexpr int kLogprobsMinor = 12;
constexpr int kLogprobsPatch = 11;

Error not_ollama() {
  return Error(ErrorCode::upstream_failed,
               "What answers at the runtime's address is no Ollama; check its kind and base_url.");
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

void add_sentence(std::string& detail, std::string_view sentence) {
  constexpr std::string_view kEnds = ".!?";
  if (!detail.empty() && kEnds.find(detail.back()) == std::string_view::npos) detail.push_back('.');
  detail.append(" ").append(sentence);
}

// "name" and, in all but the oldest releases, the same as "model".
std::optional<std::string_view> name_of(json::Value entry) {
  const auto name = entry.find("name").string();
  if (!name || name->empty() || name->size() > kMaxNameBytes) return std::nullopt;
  return name;
}

bool has_text(json::Value value) { return !value.string().value_or("").empty(); }

// "<architecture>.context_length" of model_info.
std::int64_t context_of(json::Value model_info) {
  for (std::size_t i = 0; i < model_info.size(); ++i) {
    const auto member = model_info.member(i);
    if (!member.name.ends_with(".context_length")) continue;
    return std::max<std::int64_t>(member.value.integer().value_or(0), 0);
  }
  return 0;
}

}  // namespace

Result<std::vector<OllamaTag>> read_ollama_tags(std::string_view body) {
  const auto document = json::Document::parse(body, {.max_bytes = kMaxOllamaTagsBytes});
  if (!document.ok()) return not_ollama();
  const json::Value models = document->root().find("models");
  if (!models.is_array() || models.size() > kMaxOllamaModels) return not_ollama();
  std::vector<OllamaTag> tags;
  tags.reserve(models.size());
  for (std::size_t i = 0; i < models.size(); ++i) {
    const json::Value entry = models.at(i);
    const auto name = name_of(entry);
    const auto digest = entry.find("digest").string();
    if (!name || !digest) return not_ollama();
    tags.push_back(
        {.name = std::string(*name),
         .digest = std::string(*digest),
         .size_bytes = std::max<std::int64_t>(entry.find("size").integer().value_or(0), 0),
         .remote = has_text(entry.find("remote_host")) || has_text(entry.find("remote_model"))});
  }
  return tags;
}

std::optional<std::vector<OllamaLoaded>> read_ollama_ps(std::string_view body) {
  const auto document = json::Document::parse(body, {.max_bytes = kMaxOllamaTagsBytes});
  if (!document.ok()) return std::nullopt;
  const json::Value models = document->root().find("models");
  if (!models.is_array() || models.size() > kMaxOllamaModels) return std::nullopt;
  std::vector<OllamaLoaded> loaded;
  for (std::size_t i = 0; i < models.size(); ++i) {
    const auto name = name_of(models.at(i));
    if (!name) return std::nullopt;
    const auto context = models.at(i).find("context_length").integer().value_or(0);
    loaded.push_back({std::string(*name), std::max<std::int64_t>(context, 0)});
  }
  return loaded;
}

std::string read_ollama_version(std::string_view body) {
  const auto document = json::Document::parse(body);
  if (!document.ok()) return {};
  const auto version = document->root().find("version").string().value_or("");
  const bool plain = std::ranges::all_of(version, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '+';
  });
  const bool starts = !version.empty() && version.front() >= '0' && version.front() <= '9';
  return plain && starts && version.size() <= kMaxVersionBytes ? std::string(version)
                                                               : std::string();
}

bool version_at_least(std::string_view version, int major, int minor, int patch) {
  int told[3] = {0, 0, 0};
  const char* at = version.data();
  const char* const end = at + version.size();
  for (int& part : told) {
    const auto parsed = std::from_chars(at, end, part);
    if (parsed.ec != std::errc()) return false;
    at = parsed.ptr;
    if (at == end || *at != '.') break;
    ++at;
  }
  if (told[0] != major) return told[0] > major;
  if (told[1] != minor) return told[1] > minor;
  return told[2] >= patch;
}

inference::Capabilities ollama_capabilities(std::string_view server_version) {
  return {.json_schema = true,
          .json_object = true,
          .logprobs = version_at_least(server_version, 0, kLogprobsMinor, kLogprobsPatch),
          .penalties = true,
          .extensions = true,
          .tool_control = false};
}

bool read_ollama_show(std::string_view body, inference::Capabilities& capabilities) {
  const auto document = json::Document::parse(body, {.max_bytes = kMaxOllamaShowBytes});
  if (!document.ok() || !document->root().is_object()) return false;
  const json::Value root = document->root();
  capabilities.context_tokens = context_of(root.find("model_info"));
  const json::Value list = root.find("capabilities");
  if (!list.is_array()) return true;  // a release before 0.6.4: what it can is not told
  const auto can = [list](std::string_view what) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list.at(i).string() == what) return true;
    }
    return false;
  };
  capabilities.chat = can("completion");
  capabilities.tools = can("tools");
  capabilities.vision = can("vision");
  capabilities.embeddings = can("embedding");
  return true;
}

Error ollama_words(Error error, std::string_view model) {
  const std::string detail = error.detail;
  if (error.code == ErrorCode::runtime_unreachable && !contains(detail, "refused: ")) {
    add_sentence(error.detail, "Start Ollama (ollama serve), or correct the runtime's base_url.");
  } else if (error.code == ErrorCode::model_not_found) {
    add_sentence(error.detail, "Pull it first: ollama pull ");
    error.detail.append(model.empty() ? std::string_view("NAME") : model);
  } else if (contains(detail, "exceed") && contains(detail, "context")) {
    error.code = ErrorCode::context_length_exceeded;
    error.param = "messages";
  } else if (contains(detail, "server busy")) {
    error.code = ErrorCode::overloaded;
    if (error.retry_after_ms == 0) error.retry_after_ms = 1'000;
  } else if (contains(detail, "system memory") || contains(detail, "out of memory")) {
    add_sentence(error.detail,
                 "Unload other models, or choose a smaller one or a smaller context.");
  }
  return error;
}

}  // namespace b3iq::runtimes
