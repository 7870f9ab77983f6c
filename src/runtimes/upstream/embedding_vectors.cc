#include "runtimes/upstream/embedding_vectors.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "inference/chunk_facts.h"
#include "runtimes/upstream/upstream.h"

namespace b3iq::runtimes {

using inference::EmbeddingAnswer;

base::Error not_embeddings() {
  return base::Error(base::ErrorCode::upstream_failed,
                     "The runtime answered with status 200, but not with one embedding per input.");
}

base::Result<json::Document> parse_embeddings(std::string_view body) {
  auto document = json::Document::parse(body, {.max_bytes = kMaxAnswerBytes});
  if (!document.ok()) return not_embeddings();
  const json::Value root = document->root();
  if (root.find("error").is_null()) return document;
  return base::Error(
      base::ErrorCode::upstream_failed,
      "The runtime reported an error in its answer: " + inference::upstream_message(root));
}

std::vector<float> read_vector(json::Value value) {
  std::vector<float> vector;
  if (!value.is_array() || value.size() > inference::kMaxEmbeddingDimensions) return vector;
  vector.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto number = value.at(i).number();
    const auto narrow = static_cast<float>(number.value_or(HUGE_VAL));
    if (!std::isfinite(narrow)) return {};
    vector.push_back(narrow);
  }
  return vector;
}

base::Status check_embeddings(const EmbeddingAnswer& answer, std::size_t inputs) {
  if (answer.vectors.size() != inputs || inputs == 0) return not_embeddings();
  const std::size_t length = answer.vectors.front().size();
  const bool alike = std::ranges::all_of(
      answer.vectors, [length](const auto& vector) { return vector.size() == length; });
  if (length == 0 || !alike) return not_embeddings();
  return {};
}

}  // namespace b3iq::runtimes
