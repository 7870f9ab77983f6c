#include "dialects/openai_embeddings.h"

#include <bit>
#include <limits>

#include "base/bytes.h"
#include "inference/openai_request.h"
#include "inference/request_fields.h"
#include "json/json.h"

namespace b3iq::dialects {
namespace {

using base::Result;
using base::Status;
using inference::EmbeddingRequest;
using inference::invalid_value;
using inference::Path;
using json::Value;

static_assert(std::endian::native == std::endian::little, "vectors go out as they lie in memory");

Result<std::string_view> read_text(Value value, const Path& path) {
  TRY(const std::string_view text, inference::read_string(value, path));
  if (text.empty()) return invalid_value(path, "an empty text has no embedding; leave it out");
  return text;
}

Result<std::vector<std::int32_t>> read_tokens(Value value, const Path& path) {
  if (value.size() > inference::kMaxEmbeddingTokens) {
    return invalid_value(path, "at most 32768 tokens can be embedded at once");
  }
  std::vector<std::int32_t> ids;
  ids.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    TRY(const std::int64_t id, inference::read_integer(value.at(i), path.element(i), 0,
                                                       std::numeric_limits<std::int32_t>::max()));
    ids.push_back(static_cast<std::int32_t>(id));
  }
  return ids;
}

// All texts, or all lists of token ids: never both.
Status read_list(EmbeddingRequest& request, Value value, const Path& path) {
  if (value.size() == 0) return invalid_value(path, "at least one text is needed");
  if (value.at(0).is_number()) {
    TRY(auto ids, read_tokens(value, path));
    request.token_inputs.push_back(std::move(ids));
    return {};
  }
  if (value.size() > inference::kMaxEmbeddingInputs) {
    return invalid_value(path, "more than 2048 texts; send them in several requests");
  }
  const bool tokens = value.at(0).is_array();
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Value item = value.at(i);
    const Path here = path.element(i);
    if (!tokens) {
      TRY(const std::string_view text, read_text(item, here));
      request.inputs.push_back(text);
      continue;
    }
    if (!item.is_array()) return inference::wrong_type(here, "an array of token ids", item);
    if (item.size() == 0) return invalid_value(here, "at least one token is needed");
    TRY(auto ids, read_tokens(item, here));
    request.token_inputs.push_back(std::move(ids));
  }
  return {};
}

Status read_input(EmbeddingRequest& request, Value value, const Path& path) {
  if (value.is_string()) {
    TRY(const std::string_view text, read_text(value, path));
    request.inputs.push_back(text);
    return {};
  }
  if (!value.is_array()) {
    return inference::wrong_type(path, "a string, an array of strings or token ids", value);
  }
  return read_list(request, value, path);
}

Status read_encoding(EmbeddingsBody& out, Value value, const Path& path) {
  TRY(const std::string_view word, inference::read_string(value, path));
  if (word != "float" && word != "base64") {
    return invalid_value(path, "the formats are 'float' and 'base64'");
  }
  out.encoding = word == "base64" ? VectorEncoding::base64 : VectorEncoding::numbers;
  return {};
}

Status read_member(EmbeddingsBody& out, const Value::Member& member) {
  const Path path(member.name);
  auto& request = out.request;
  if (member.name == "model") {
    TRY(const std::string_view name, inference::read_string(member.value, path));
    if (name.empty() || name.size() > inference::kMaxModelNameBytes) {
      return invalid_value(path, "a model name has 1 to 256 bytes; GET /v1/models lists them");
    }
    request.model = name;
    return {};
  }
  if (member.name == "input") return read_input(request, member.value, path);
  if (member.value.is_null()) return {};
  if (member.name == "encoding_format") return read_encoding(out, member.value, path);
  if (member.name == "dimensions") {
    constexpr auto kMost = static_cast<std::int64_t>(inference::kMaxEmbeddingDimensions);
    TRY(request.dimensions, inference::read_integer(member.value, path, 1, kMost));
    return {};
  }
  if (member.name == "user") {
    TRY_OK(inference::read_string(member.value, path));
    return {};
  }
  return inference::unsupported_value(path, "it is no member of an embedding request here");
}

void append_base64(std::string& out, const std::vector<float>& vector) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(vector.data());
  out.push_back('"');
  out.append(base::to_base64({bytes, vector.size() * sizeof(float)}));
  out.push_back('"');
}

}  // namespace

Result<EmbeddingsBody> decode_embeddings(std::string_view body) {
  TRY(auto document, json::Document::parse(body));
  EmbeddingsBody out;
  out.request.body = body;
  out.request.document = std::move(document);
  const Value root = out.request.document->root();
  if (!root.is_object()) {
    return base::Error(base::ErrorCode::invalid_request,
                       "The body must be a JSON object with 'model' and 'input'.");
  }
  for (std::size_t i = 0; i < root.size(); ++i) TRY_OK(read_member(out, root.member(i)));
  if (out.request.model.empty()) return inference::missing_field(Path("model"));
  if (out.request.count() == 0) return inference::missing_field(Path("input"));
  return out;
}

std::string embeddings_json(const inference::EmbeddingAnswer& answer, const EmbeddingFacts& facts) {
  std::string out = R"({"object":"list","data":[)";
  if (!answer.vectors.empty()) {
    out.reserve(256 + answer.vectors.size() * (64 + answer.vectors[0].size() * kUsualNumberBytes));
  }
  for (std::size_t i = 0; i < answer.vectors.size(); ++i) {
    if (i > 0) out.push_back(',');
    out.append(R"({"object":"embedding","index":)").append(std::to_string(i));
    out.append(R"(,"embedding":)");
    if (facts.encoding == VectorEncoding::base64) {
      append_base64(out, answer.vectors[i]);
    } else {
      append_numbers(out, answer.vectors[i]);
    }
    out.push_back('}');
  }
  out.append(R"(],"model":)");
  json::append_string(out, facts.model);
  const auto tokens = std::to_string(facts.prompt_tokens);
  out.append(R"(,"usage":{"prompt_tokens":)").append(tokens);
  out.append(R"(,"total_tokens":)").append(tokens).append("}}");
  return out;
}

const EmbeddingDialect& openai_embeddings() {
  static constexpr EmbeddingDialect kDialect{decode_embeddings, embeddings_json};
  return kDialect;
}

}  // namespace b3iq::dialects
