#include "runtimes/ollama/ollama_runtime.h"

#include <algorithm>
#include <set>
#include <utility>

#include "json/json.h"
#include "runtimes/ollama/ollama_chunk.h"
#include "runtimes/ollama/ollama_request.h"
#include "runtimes/ollama/ollama_stream.h"
#include "runtimes/upstream/embedding_vectors.h"
#include "runtimes/upstream/upstream_error.h"

namespace b3iq::runtimes {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;
using inference::ChatAnswer;
using inference::ChatRequest;
using inference::EmbeddingAnswer;
using inference::EmbeddingRequest;
using inference::RuntimeModel;

constexpr std::size_t kMaxVersionBodyBytes = 4096;

std::string model_body(std::string_view model) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  writer.member("model", model);
  writer.end_object();
  return body;
}

std::string embed_body(const EmbeddingRequest& request) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  writer.member("model", std::string_view(request.runtime_model.empty() ? request.model
                                                                        : request.runtime_model));
  writer.key("input");
  writer.begin_array();
  for (const std::string_view text : request.inputs) writer.value(text);
  writer.end_array();
  writer.member("truncate", false);
  if (request.dimensions) writer.member("dimensions", *request.dimensions);
  writer.end_object();
  return body;
}

ChatAnswer answer_of(OllamaChunk chunk) {
  ChatAnswer answer;
  answer.finish = finish_of(chunk, chunk.tool_calls.size());
  answer.usage = chunk.usage.value_or(inference::Usage{});
  answer.text = std::move(chunk.text);
  answer.reasoning = std::move(chunk.reasoning);
  answer.logprobs = std::move(chunk.logprobs);
  std::size_t bytes = answer.text.size() + answer.reasoning.size();
  for (auto& call : chunk.tool_calls) {
    bytes += call.name.size() + call.arguments.size();
    answer.tool_calls.push_back(
        {std::move(call.id), std::move(call.name), std::move(call.arguments)});
  }
  if (answer.usage.total_tokens() == 0) answer.text_bytes = static_cast<std::int64_t>(bytes);
  return answer;
}

Result<EmbeddingAnswer> read_embed(std::string_view body, std::size_t inputs) {
  TRY(const auto document, parse_embeddings(body));
  const json::Value root = document.root();
  const json::Value list = root.find("embeddings");
  if (!list.is_array() || list.size() != inputs) return not_embeddings();
  EmbeddingAnswer answer;
  for (std::size_t i = 0; i < inputs; ++i) answer.vectors.push_back(read_vector(list.at(i)));
  TRY_OK(check_embeddings(answer, inputs));
  const auto tokens = root.find("prompt_eval_count").integer();
  if (tokens && *tokens >= 0) answer.prompt_tokens = tokens;
  return answer;
}

}  // namespace

Result<std::unique_ptr<Upstream>> make_ollama_upstream(http::EventLoop& loop,
                                                       const OllamaConfig& config) {
  UpstreamSettings settings{.id = config.id,
                            .base_url = config.base_url,
                            .api_key = config.api_key,
                            .ca_file = config.ca_file,
                            .own_port = config.own_port,
                            .limits = config.limits};
  TRY(auto upstream, Upstream::create(loop, std::move(settings), ""));
  const std::string_view prefix = upstream->origin().prefix;
  if (prefix.ends_with("/v1") || prefix.ends_with("/api")) {
    return Error(ErrorCode::config_invalid,
                 "The base_url of runtime '" + config.id +
                     "' must be Ollama's address without /v1 or /api, such as "
                     "http://127.0.0.1:11434.",
                 "base_url");
  }
  return upstream;
}

Result<std::unique_ptr<OllamaRuntime>> OllamaRuntime::create(http::EventLoop& loop,
                                                             OllamaConfig config) {
  TRY(auto upstream, make_ollama_upstream(loop, config));
  std::ranges::fill(config.api_key, '\0');
  return std::unique_ptr<OllamaRuntime>(new OllamaRuntime(std::move(upstream), std::move(config)));
}

OllamaRuntime::OllamaRuntime(std::unique_ptr<Upstream> upstream, OllamaConfig config)
    : upstream_(std::move(upstream)),
      models_(std::move(config.models)),
      context_tokens_(config.context_tokens),
      trailing_(std::make_shared<TrailingBodies>()) {}

OllamaRuntime::~OllamaRuntime() { trailing_->stop(); }

Task<Result<UpstreamResponse>> OllamaRuntime::post(std::string_view path, std::string_view body,
                                                   std::string_view model,
                                                   std::string_view traceparent,
                                                   base::CancelToken cancel) {
  UpstreamRequest outgoing;
  outgoing.traceparent = traceparent;
  outgoing.method = http::Method::post;
  outgoing.path = path;
  outgoing.body.push_back(body);
  auto sent = co_await upstream_->send(outgoing, cancel);
  if (!sent.ok()) co_return ollama_words(std::move(sent).error(), model);
  co_return sent;
}

Task<Result<UpstreamResponse>> OllamaRuntime::chat(const ChatRequest& request,
                                                   base::CancelToken cancel) {
  CO_TRY(const std::string body, make_ollama_body(request, context_tokens_));
  co_return co_await post("/api/chat", body, request.runtime_model, request.traceparent, cancel);
}

Task<Result<std::unique_ptr<inference::TokenStream>>> OllamaRuntime::stream(
    const ChatRequest& request, base::CancelToken cancel) {
  auto stream = std::make_unique<OllamaStream>(trailing_, cancel);
  CO_TRY(UpstreamResponse response, co_await chat(request, stream->token()));
  stream->begin(std::move(response));
  co_return std::unique_ptr<inference::TokenStream>(std::move(stream));
}

Task<Result<ChatAnswer>> OllamaRuntime::answer(const ChatRequest& request,
                                               base::CancelToken cancel) {
  CO_TRY(UpstreamResponse response, co_await chat(request, cancel));
  CO_TRY(const std::string body, co_await response->read_all(kMaxAnswerBytes));
  CO_TRY(OllamaChunk chunk, read_ollama_chunk(body, 0));
  if (!chunk.done) {
    co_return Error(ErrorCode::upstream_failed,
                    "The runtime answered with status 200, but not with a whole answer.");
  }
  co_return answer_of(std::move(chunk));
}

Task<Result<std::string>> OllamaRuntime::ask(std::string_view path, std::size_t limit) {
  UpstreamRequest request;
  request.path = path;
  co_return co_await upstream_->ask(request, limit);
}

Task<std::string> OllamaRuntime::ask_version() {
  const auto body = co_await ask("/api/version", kMaxVersionBodyBytes);
  co_return body.ok() ? read_ollama_version(*body) : std::string();
}

bool OllamaRuntime::offers(const OllamaTag& tag) const {
  if (models_.empty()) return !tag.remote;
  return std::ranges::any_of(models_, [&tag](const std::string& name) {
    return name == tag.name || name + ":latest" == tag.name;
  });
}

Task<void> OllamaRuntime::show_new(const std::vector<OllamaTag>& tags) {
  std::set<std::string_view> listed;
  for (const OllamaTag& tag : tags) listed.insert(tag.name);
  std::erase_if(shown_, [&listed](const auto& each) { return !listed.contains(each.first); });
  std::size_t asked = 0;
  for (const OllamaTag& tag : tags) {
    const auto known = shown_.find(tag.name);
    if (known != shown_.end() && known->second.digest == tag.digest) continue;
    if (!offers(tag) || asked++ == kMaxOllamaShown) continue;
    const std::string body = model_body(tag.name);
    UpstreamRequest request;
    request.method = http::Method::post;
    request.path = "/api/show";
    request.body.push_back(body);
    const auto told = co_await upstream_->ask(request, kMaxOllamaShowBytes);
    // One that cannot be told of is left out; a server that does not answer is not asked on.
    if (!told.ok() && told.error().code != ErrorCode::model_not_found &&
        told.error().code != ErrorCode::invalid_request) {
      co_return;
    }
    Shown shown{.digest = tag.digest};
    if (told.ok() && read_ollama_show(*told, shown.capabilities)) {
      shown_.insert_or_assign(tag.name, std::move(shown));
    }
  }
}

RuntimeModel OllamaRuntime::model_of(const OllamaTag& tag, std::string_view version) const {
  RuntimeModel model{
      .name = tag.name, .capabilities = ollama_capabilities(version), .size_bytes = tag.size_bytes};
  if (const auto shown = shown_.find(tag.name); shown != shown_.end()) {
    const inference::Capabilities& told = shown->second.capabilities;
    model.capabilities.chat = told.chat;
    model.capabilities.tools = told.tools;
    model.capabilities.vision = told.vision;
    model.capabilities.embeddings = told.embeddings;
    model.capabilities.context_tokens = told.context_tokens;
  }
  return model;
}

Task<Result<std::vector<RuntimeModel>>> OllamaRuntime::models() {
  const auto body = co_await ask("/api/tags", kMaxOllamaTagsBytes);
  auto tags = body.ok() ? read_ollama_tags(*body) : Result<std::vector<OllamaTag>>(body.error());
  if (!tags.ok()) {
    Error error = ollama_words(std::move(tags).error());
    upstream_->note_failure(error);
    co_return error;
  }
  co_await show_new(*tags);
  const std::string version = co_await ask_version();
  const auto running = co_await ask("/api/ps", kMaxOllamaTagsBytes);
  const auto loaded = running.ok() ? read_ollama_ps(*running) : std::nullopt;
  std::vector<RuntimeModel> models;
  for (const OllamaTag& tag : *tags) {
    if (!offers(tag)) continue;
    RuntimeModel model = model_of(tag, version);
    if (loaded) {
      const auto found = std::ranges::find(*loaded, tag.name, &OllamaLoaded::name);
      model.loaded = found != loaded->end();
      if (*model.loaded && found->context_tokens > 0) {
        model.capabilities.context_tokens = found->context_tokens;
      }
    }
    if (context_tokens_ > 0) model.capabilities.context_tokens = context_tokens_;
    models.push_back(std::move(model));
  }
  co_return models;
}

Task<Result<inference::RuntimeFacts>> OllamaRuntime::facts() {
  const auto body = co_await ask("/api/version", kMaxVersionBodyBytes);
  if (!body.ok()) co_return ollama_words(body.error());
  co_return inference::RuntimeFacts{.version = read_ollama_version(*body), .load = {}};
}

Task<Result<EmbeddingAnswer>> OllamaRuntime::embed(const EmbeddingRequest& request,
                                                   base::CancelToken cancel) {
  const std::string body = embed_body(request);
  CO_TRY(UpstreamResponse response,
         co_await post("/api/embed", body, request.runtime_model, request.traceparent, cancel));
  CO_TRY(const std::string answer, co_await response->read_all(kMaxAnswerBytes));
  co_return read_embed(answer, request.inputs.size());
}

}  // namespace b3iq::runtimes
