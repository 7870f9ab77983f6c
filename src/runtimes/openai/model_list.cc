#include "runtimes/openai/model_list.h"

#include <algorithm>
#include <string>

#include "json/json.h"

namespace b3iq::runtimes {
namespace {

base::Error not_a_list() {
  return base::Error(base::ErrorCode::upstream_failed,
                     "What answers at the runtime's address gives no OpenAI-style model list; "
                     "check its base_url.");
}

std::int64_t positive(json::Value value) {
  return std::max<std::int64_t>(value.integer().value_or(0), 0);
}

// vLLM and SGLang: the window of a request. llama-server: that of a slot.
std::int64_t context_of(json::Value entry) {
  if (const auto tokens = positive(entry.find("max_model_len"))) return tokens;
  return positive(entry.find("meta").find("n_ctx"));
}

// llama-server with many models says which of them run.
std::optional<bool> loaded_of(json::Value entry) {
  const auto state = entry.find("status").find("value").string();
  if (!state) return std::nullopt;
  return *state == "loaded";
}

}  // namespace

base::Result<std::vector<inference::RuntimeModel>> parse_model_list(
    std::string_view body, const inference::Capabilities& capabilities) {
  const auto document = json::Document::parse(body, {.max_bytes = kMaxModelListBytes});
  if (!document.ok()) return not_a_list();
  const json::Value data = document->root().find("data");
  if (!data.is_array() || data.size() > kMaxModels) return not_a_list();
  std::vector<inference::RuntimeModel> models;
  models.reserve(data.size());
  for (std::size_t i = 0; i < data.size(); ++i) {
    const json::Value entry = data.at(i);
    const auto id = entry.find("id").string();
    if (!id || id->empty() || id->size() > kMaxModelIdBytes) return not_a_list();
    inference::RuntimeModel model;
    model.name = *id;
    model.capabilities = capabilities;
    model.capabilities.context_tokens = context_of(entry);
    model.created = positive(entry.find("created"));
    model.size_bytes = positive(entry.find("meta").find("size"));
    model.loaded = loaded_of(entry);
    models.push_back(std::move(model));
  }
  return models;
}

}  // namespace b3iq::runtimes
