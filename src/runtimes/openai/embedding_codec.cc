#include "runtimes/openai/embedding_codec.h"

#include "json/json.h"
#include "runtimes/upstream/embedding_vectors.h"

namespace b3iq::runtimes {
namespace {

using inference::EmbeddingAnswer;

}  // namespace

std::string embedding_body(const inference::EmbeddingRequest& request) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("model", std::string_view(request.runtime_model.empty() ? request.model
                                                                        : request.runtime_model));
  writer.key("input");
  writer.begin_array();
  for (const std::string_view text : request.inputs) writer.value(text);
  for (const auto& ids : request.token_inputs) {
    writer.begin_array();
    for (const std::int32_t id : ids) writer.value(id);
    writer.end_array();
  }
  writer.end_array();
  writer.member("encoding_format", "float");
  if (request.dimensions) writer.member("dimensions", *request.dimensions);
  writer.end_object();
  return out;
}

base::Result<EmbeddingAnswer> read_embeddings(std::string_view body, std::size_t inputs) {
  TRY(const auto document, parse_embeddings(body));
  const json::Value root = document.root();
  const json::Value data = root.find("data");
  if (!data.is_array() || data.size() != inputs) return not_embeddings();
  EmbeddingAnswer answer;
  answer.vectors.resize(inputs);
  for (std::size_t i = 0; i < inputs; ++i) {
    const auto index = data.at(i).find("index").integer().value_or(static_cast<std::int64_t>(i));
    if (index < 0 || static_cast<std::size_t>(index) >= inputs) return not_embeddings();
    auto& vector = answer.vectors[static_cast<std::size_t>(index)];
    if (!vector.empty()) return not_embeddings();  // two of one index
    vector = read_vector(data.at(i).find("embedding"));
  }
  TRY_OK(check_embeddings(answer, inputs));
  const auto tokens = root.find("usage").find("prompt_tokens").integer();
  if (tokens && *tokens >= 0) answer.prompt_tokens = tokens;
  return answer;
}

}  // namespace b3iq::runtimes
