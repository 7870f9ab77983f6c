// Whatever a runtime tells of itself: what is read is bounded, and unknown rather than negative.
//
//   input:  the reader in one byte, the body
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "inference/embedding.h"
#include "json/json.h"
#include "runtimes/ollama/ollama_models.h"
#include "runtimes/openai/embedding_codec.h"
#include "runtimes/openai/model_list.h"
#include "runtimes/openai/server_facts.h"
#include "runtimes/probe/server_marks.h"

namespace {

using namespace b3iq;
using namespace b3iq::runtimes;

void check_models(const std::vector<inference::RuntimeModel>& models) {
  for (const auto& model : models) {
    B3_CHECK(!model.name.empty() && model.name.size() <= kMaxModelIdBytes);
    B3_CHECK(model.capabilities.context_tokens >= 0 && model.created >= 0);
  }
}

void read_as_openai(std::string_view body) {
  auto models = parse_model_list(body, profile_capabilities(ServerProfile::lmstudio));
  if (models.ok()) check_models(*models);
  std::vector<inference::RuntimeModel> known = {{.name = "a"}, {.name = "b"}};
  if (const auto document = json::Document::parse(body); document.ok()) {
    read_lmstudio_models(document->root(), known);
    read_llama_props(document->root(), known.front());
    check_models(known);
    B3_CHECK(read_version(document->root().find("version")).size() <= kMaxVersionBytes);
  }
  const auto gauge = sum_gauge(body, "a");
  B3_CHECK(!gauge || *gauge >= 0);
}

void read_as_ollama(std::string_view body) {
  if (const auto tags = read_ollama_tags(body); tags.ok()) {
    for (const auto& tag : *tags) B3_CHECK(!tag.name.empty() && tag.size_bytes >= 0);
  }
  if (const auto loaded = read_ollama_ps(body)) {
    for (const auto& each : *loaded) B3_CHECK(each.context_tokens >= 0);
  }
  inference::Capabilities can;
  if (read_ollama_show(body, can)) B3_CHECK(can.context_tokens >= 0);
  [[maybe_unused]] const bool newer = version_at_least(read_ollama_version(body), 0, 12, 11);
}

void read_as_embeddings(std::string_view body) {
  const auto answer = read_embeddings(body, 2);
  if (!answer.ok()) return;
  B3_CHECK(answer->vectors.size() == 2);
  B3_CHECK(answer->vectors[0].size() == answer->vectors[1].size());
  for (const float value : answer->vectors[0]) B3_CHECK(std::isfinite(value));
}

void read_as_marks(std::string_view body) {
  for (const auto server : {ProbedServer::ollama, ProbedServer::lmstudio,
                            ProbedServer::llama_server, ProbedServer::vllm, ProbedServer::sglang}) {
    const std::vector<std::string> bodies(marks_of(server).size(), std::string(body));
    const auto found = recognize(server, bodies);
    if (found) B3_CHECK(found->server == server);
  }
}

}  // namespace

int fuzz_runtime_facts(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4U) {
    case 0:
      read_as_openai(body);
      break;
    case 1:
      read_as_ollama(body);
      break;
    case 2:
      read_as_embeddings(body);
      break;
    default:
      read_as_marks(body);
      break;
  }
  return 0;
}
