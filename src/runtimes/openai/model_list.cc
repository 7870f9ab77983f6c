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

}  // namespace

inference::Capabilities same_dialect_capabilities() {
  return {.tools = true,
          .json_schema = true,
          .json_object = true,
          .logprobs = true,
          .logit_bias = true,
          .vision = true,
          .audio = true,
          .penalties = true,
          .extensions = true,
          .same_dialect = true};
}

base::Result<std::vector<inference::RuntimeModel>> parse_model_list(std::string_view body) {
  const auto document = json::Document::parse(body, {.max_bytes = kMaxModelListBytes});
  if (!document.ok()) return not_a_list();
  const json::Value data = document->root().find("data");
  if (!data.is_array() || data.size() > kMaxModels) return not_a_list();
  std::vector<inference::RuntimeModel> models;
  models.reserve(data.size());
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto id = data.at(i).find("id").string();
    if (!id || id->empty() || id->size() > kMaxModelIdBytes) return not_a_list();
    inference::RuntimeModel model;
    model.name = *id;
    model.capabilities = same_dialect_capabilities();
    model.created = std::max<std::int64_t>(data.at(i).find("created").integer().value_or(0), 0);
    models.push_back(std::move(model));
  }
  return models;
}

}  // namespace b3iq::runtimes
