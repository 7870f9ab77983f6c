#include "runtimes/openai/openai_runtime.h"

#include <algorithm>

#include "inference/chunk_facts.h"
#include "inference/sse_relay.h"
#include "json/json.h"
#include "runtimes/openai/embedding_codec.h"
#include "runtimes/openai/model_list.h"
#include "runtimes/openai/openai_stream.h"
#include "runtimes/openai/server_facts.h"
#include "runtimes/openai/upstream_body.h"
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

constexpr std::string_view kDefaultPrefix = "/v1";

Error not_a_completion() {
  return Error(ErrorCode::upstream_failed,
               "The runtime answered with status 200, but not with a chat completion.");
}

// Checks what is relayed as the answer and learns what must be metered.
Result<ChatAnswer> read_answer(std::string body, bool raw_prompt) {
  const auto document = json::Document::parse(body, {.max_bytes = kMaxAnswerBytes});
  if (!document.ok()) return not_a_completion();
  const json::Value root = document->root();
  if (!root.find("error").is_null()) {
    return Error(ErrorCode::upstream_failed, "The runtime reported an error in its answer: " +
                                                 inference::upstream_message(root));
  }
  const json::Value choice = root.find("choices").at(0);
  const auto text = choice.find("text").string();
  if (raw_prompt ? !text : !choice.find("message").is_object()) return not_a_completion();
  ChatAnswer answer;
  answer.finish =
      inference::read_finish(choice.find("finish_reason")).value_or(inference::Finish::stop);
  answer.usage = inference::read_usage(root.find("usage")).value_or(inference::Usage{});
  if (answer.usage.total_tokens() == 0) {
    answer.text_bytes = static_cast<std::int64_t>(
        raw_prompt ? text->size() : inference::content_bytes(choice.find("message")));
  }
  answer.body = std::move(body);
  return answer;
}

// A stream was asked for and something else came.
Task<Error> explain_non_stream(http::ClientResponse& response) {
  const auto body = co_await response.read_all(kMaxErrorBodyBytes);
  std::string message;
  if (body.ok()) {
    const auto document = json::Document::parse(*body);
    if (document.ok()) message = inference::upstream_message(document->root());
  }
  if (message.empty()) message = "it sent no event stream.";
  co_return Error(ErrorCode::upstream_failed, "The runtime did not stream its answer: " + message);
}

}  // namespace

Result<std::unique_ptr<OpenAiRuntime>> OpenAiRuntime::create(http::EventLoop& loop,
                                                             OpenAiConfig config) {
  UpstreamSettings settings{.id = std::move(config.id),
                            .base_url = std::move(config.base_url),
                            .api_key = std::move(config.api_key),
                            .ca_file = std::move(config.ca_file),
                            .own_port = config.own_port,
                            .limits = config.limits};
  TRY(auto upstream, Upstream::create(loop, std::move(settings), kDefaultPrefix));
  return std::unique_ptr<OpenAiRuntime>(
      new OpenAiRuntime(std::move(upstream), config.profile, std::move(config.models)));
}

OpenAiRuntime::OpenAiRuntime(std::unique_ptr<Upstream> upstream, ServerProfile profile,
                             std::vector<std::string> models)
    : upstream_(std::move(upstream)),
      profile_(profile),
      models_(std::move(models)),
      trailing_(std::make_shared<TrailingBodies>()) {}

OpenAiRuntime::~OpenAiRuntime() { trailing_->stop(); }

Task<Result<UpstreamResponse>> OpenAiRuntime::chat(const ChatRequest& request,
                                                   base::CancelToken cancel) {
  UpstreamBody body;
  make_upstream_body(request, profile_, body);
  UpstreamRequest outgoing;
  outgoing.method = http::Method::post;
  outgoing.traceparent = request.traceparent;
  outgoing.path = request.raw_prompt ? "/completions" : "/chat/completions";
  if (request.stream) outgoing.accept = "text/event-stream";
  outgoing.body = std::move(body.pieces);
  co_return co_await upstream_->send(outgoing, cancel);
}

Task<Result<std::unique_ptr<inference::TokenStream>>> OpenAiRuntime::stream(
    const ChatRequest& request, base::CancelToken cancel) {
  const auto usage_chunk =
      request.include_usage ? inference::UsageChunk::pass : inference::UsageChunk::drop;
  auto stream = std::make_unique<OpenAiStream>(trailing_, usage_chunk, cancel);
  CO_TRY(UpstreamResponse response, co_await chat(request, stream->token()));
  if (media_type(*response) != "text/event-stream")
    co_return co_await explain_non_stream(*response);
  stream->begin(std::move(response));
  co_return std::unique_ptr<inference::TokenStream>(std::move(stream));
}

Task<Result<ChatAnswer>> OpenAiRuntime::answer(const ChatRequest& request,
                                               base::CancelToken cancel) {
  CO_TRY(UpstreamResponse response, co_await chat(request, cancel));
  CO_TRY(std::string body, co_await response->read_all(kMaxAnswerBytes));
  co_return read_answer(std::move(body), request.raw_prompt);
}

Task<Result<std::vector<RuntimeModel>>> OpenAiRuntime::ask_models() {
  UpstreamRequest request;
  request.path = "/models";
  CO_TRY(const std::string body, co_await upstream_->ask(request, kMaxModelListBytes));
  auto models = parse_model_list(body, profile_capabilities(profile_));
  if (models.ok()) co_await learn_more(*upstream_, profile_, *models);
  co_return models;
}

Task<Result<std::vector<RuntimeModel>>> OpenAiRuntime::models() {
  auto asked = co_await ask_models();
  if (models_.empty()) {
    // Without its list nothing can be offered of it.
    const bool failed = !asked.ok() && asked.error().code != ErrorCode::model_loading;
    if (failed) upstream_->note_failure(asked.error());
    co_return asked;
  }
  co_return configured_models(asked.ok() ? *asked : std::vector<RuntimeModel>());
}

std::vector<RuntimeModel> OpenAiRuntime::configured_models(
    const std::vector<RuntimeModel>& known) const {
  std::vector<RuntimeModel> models;
  models.reserve(models_.size());
  for (const std::string& name : models_) {
    const auto found = std::ranges::find(known, name, &RuntimeModel::name);
    if (found != known.end()) {
      models.push_back(*found);
    } else {
      models.push_back({.name = name, .capabilities = profile_capabilities(profile_)});
    }
  }
  return models;
}

Task<Result<inference::RuntimeFacts>> OpenAiRuntime::facts() {
  co_return co_await ask_facts(*upstream_, profile_);
}

Task<Result<EmbeddingAnswer>> OpenAiRuntime::embed(const EmbeddingRequest& request,
                                                   base::CancelToken cancel) {
  const std::string body = embedding_body(request);
  UpstreamRequest outgoing;
  outgoing.method = http::Method::post;
  outgoing.traceparent = request.traceparent;
  outgoing.path = "/embeddings";
  outgoing.body.push_back(body);
  CO_TRY(UpstreamResponse response, co_await upstream_->send(outgoing, cancel));
  CO_TRY(const std::string answer, co_await response->read_all(kMaxAnswerBytes));
  co_return read_embeddings(answer, request.count());
}

}  // namespace b3iq::runtimes
