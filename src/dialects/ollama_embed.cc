#include "dialects/ollama_embed.h"

#include "dialects/ollama_options.h"
#include "inference/openai_request.h"
#include "inference/request_fields.h"
#include "json/json.h"

namespace b3iq::dialects {
namespace {

using base::Result;
using base::Status;
using inference::EmbeddingAnswer;
using inference::EmbeddingRequest;
using inference::invalid_value;
using inference::Path;
using json::Value;

Status read_text(EmbeddingRequest& request, Value value, const Path& path) {
  TRY(const std::string_view text, inference::read_string(value, path));
  if (text.empty()) return invalid_value(path, "an empty text has no embedding; leave it out");
  request.inputs.push_back(text);
  return {};
}

Status read_texts(EmbeddingRequest& request, Value value, const Path& path) {
  if (!value.is_array()) return read_text(request, value, path);
  if (value.size() == 0) return invalid_value(path, "at least one text is needed");
  if (value.size() > inference::kMaxEmbeddingInputs)
    return invalid_value(path, "more than 2048 texts; send them in several requests");
  for (std::size_t i = 0; i < value.size(); ++i)
    TRY_OK(read_text(request, value.at(i), path.element(i)));
  return {};
}

Status read_model(EmbeddingRequest& request, Value value, const Path& path) {
  TRY(const std::string_view name, inference::read_string(value, path));
  if (name.empty() || name.size() > inference::kMaxModelNameBytes)
    return invalid_value(path, "a model name has 1 to 256 bytes; GET /api/tags lists them");
  request.model = name;
  return {};
}

Status read_dimensions(EmbeddingRequest& request, Value value, const Path& path) {
  constexpr auto kMost = static_cast<std::int64_t>(inference::kMaxEmbeddingDimensions);
  TRY(const std::int64_t number, inference::read_integer(value, path, 0, kMost));
  if (number > 0) request.dimensions = number;
  return {};
}

Status check_options(Value value, const Path& path) {
  std::string unused;
  json::Writer w(unused);
  w.begin_object();
  return write_ollama_options(w, value, path);
}

Status read_truncate(Value value, const Path& path) {
  TRY(const bool truncate, inference::read_boolean(value, path));
  if (!truncate) return {};
  return inference::unsupported_value(path, "a text that does not fit is refused here, never cut");
}

Status read_member(EmbeddingRequest& request, const Value::Member& member, bool older) {
  const Path path(member.name);
  if (member.value.is_null() || member.name == "keep_alive") return {};
  if (member.name == "model") return read_model(request, member.value, path);
  if (member.name == "options") return check_options(member.value, path);
  if (older && member.name == "prompt") return read_text(request, member.value, path);
  if (!older && member.name == "input") return read_texts(request, member.value, path);
  if (!older && member.name == "dimensions") return read_dimensions(request, member.value, path);
  if (!older && member.name == "truncate") return read_truncate(member.value, path);
  return inference::unsupported_value(path, "it is not known here; leave it out");
}

Result<EmbeddingsBody> decode(std::string_view body, bool older) {
  TRY(auto document, json::Document::parse(body));
  EmbeddingsBody out;
  out.request.body = body;
  out.request.document = std::move(document);
  const Value root = out.request.document->root();
  if (!root.is_object())
    return base::Error(base::ErrorCode::invalid_request, "The body must be a JSON object.");
  for (std::size_t i = 0; i < root.size(); ++i)
    TRY_OK(read_member(out.request, root.member(i), older));
  if (out.request.model.empty()) return inference::missing_field(Path("model"));
  if (out.request.count() == 0) return inference::missing_field(Path(older ? "prompt" : "input"));
  return out;
}

Result<EmbeddingsBody> decode_embed(std::string_view body) { return decode(body, false); }
Result<EmbeddingsBody> decode_older(std::string_view body) { return decode(body, true); }

std::string write_embed(const EmbeddingAnswer& answer, const EmbeddingFacts& facts) {
  std::string out = R"({"model":)";
  json::append_string(out, facts.model);
  out.append(R"(,"embeddings":[)");
  for (std::size_t i = 0; i < answer.vectors.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_numbers(out, answer.vectors[i]);
  }
  out.append(R"(],"total_duration":)").append(std::to_string(facts.took_ns));
  out.append(R"(,"prompt_eval_count":)").append(std::to_string(facts.prompt_tokens));
  return out.append("}");
}

std::string write_older(const EmbeddingAnswer& answer, const EmbeddingFacts&) {
  std::string out = R"({"embedding":)";
  append_numbers(out, answer.vectors.front());
  return out.append("}");
}

}  // namespace

const EmbeddingDialect& ollama_embed() {
  static constexpr EmbeddingDialect kDialect{decode_embed, write_embed};
  return kDialect;
}

const EmbeddingDialect& ollama_embeddings() {
  static constexpr EmbeddingDialect kDialect{decode_older, write_older};
  return kDialect;
}

}  // namespace b3iq::dialects
