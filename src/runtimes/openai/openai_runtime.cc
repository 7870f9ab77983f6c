#include "runtimes/openai/openai_runtime.h"

#include <algorithm>

#include "inference/chunk_facts.h"
#include "inference/sse_relay.h"
#include "json/json.h"
#include "runtimes/upstream/dial_policy.h"
#include "runtimes/openai/model_list.h"
#include "runtimes/openai/openai_stream.h"
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
using inference::RuntimeModel;
using inference::RuntimeState;
using Response = std::unique_ptr<http::ClientResponse>;

constexpr int kOk = 200;
constexpr std::string_view kDefaultPrefix = "/v1";

http::AddressPolicy dial_policy(std::uint16_t own_port) {
  return [own_port](std::string_view address, std::uint16_t port) {
    return check_dial(address, port, own_port);
  };
}

// A key travels in a header: what cannot stand there would be cut or smuggled.
bool usable_key(std::string_view key) {
  return std::ranges::all_of(key, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string_view media_type(const http::ClientResponse& response) {
  const std::string_view type = response.header("content-type").value_or("");
  return type.substr(0, type.find(';'));
}

base::Status check_encoding(const http::ClientResponse& response) {
  const std::string_view encoding = response.header("content-encoding").value_or("identity");
  if (encoding == "identity" || encoding.empty()) return {};
  return Error(ErrorCode::upstream_failed,
               "The runtime compressed its answer without being asked to.");
}

Error not_a_completion() {
  return Error(ErrorCode::upstream_failed,
               "The runtime answered with status 200, but not with a chat completion.");
}

// Checks what is relayed as the answer and learns what must be metered.
Result<ChatAnswer> read_answer(std::string body) {
  const auto document = json::Document::parse(body, {.max_bytes = kMaxAnswerBytes});
  if (!document.ok()) return not_a_completion();
  const json::Value root = document->root();
  if (!root.find("error").is_null()) {
    return Error(ErrorCode::upstream_failed, "The runtime reported an error in its answer: " +
                                                 inference::upstream_message(root));
  }
  const json::Value choice = root.find("choices").at(0);
  if (!choice.find("message").is_object()) return not_a_completion();
  ChatAnswer answer;
  answer.finish =
      inference::read_finish(choice.find("finish_reason")).value_or(inference::Finish::stop);
  answer.usage = inference::read_usage(root.find("usage")).value_or(inference::Usage{});
  if (answer.usage.total_tokens() == 0) {
    answer.text_bytes = static_cast<std::int64_t>(inference::content_bytes(choice.find("message")));
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
  auto origin = http::parse_origin(config.base_url);
  if (!origin.ok()) {
    return Error(
        ErrorCode::config_invalid,
        "The base_url of runtime '" + config.id + "' cannot be used: " + origin.error().detail,
        "base_url");
  }
  if (origin->prefix.empty()) origin->prefix = kDefaultPrefix;
  if (!usable_key(config.api_key)) {
    return Error(ErrorCode::config_invalid,
                 "The API key of runtime '" + config.id +
                     "' has spaces, line ends or non-ASCII bytes; put the bare key in its file.",
                 "api_key_file");
  }
  return std::unique_ptr<OpenAiRuntime>(
      new OpenAiRuntime(loop, std::move(config), std::move(*origin)));
}

OpenAiRuntime::OpenAiRuntime(http::EventLoop& loop, OpenAiConfig config, http::Origin origin)
    : config_(std::move(config)),
      origin_(std::move(origin)),
      client_(loop, config_.limits, dial_policy(config_.own_port), {.ca_file = config_.ca_file}),
      trailing_(std::make_shared<TrailingBodies>()) {
  if (!config_.api_key.empty()) authorization_ = "Bearer " + config_.api_key;
  health_.state = RuntimeState::loading;
  health_.detail = "not asked yet";
}

OpenAiRuntime::~OpenAiRuntime() {
  trailing_->stop();
  std::ranges::fill(config_.api_key, '\0');
  std::ranges::fill(authorization_, '\0');
}

std::vector<http::HeaderView> OpenAiRuntime::headers(std::string_view accept) const {
  std::vector<http::HeaderView> out;
  out.reserve(3);
  out.push_back({"Accept", accept});
  if (!authorization_.empty()) out.push_back({"Authorization", authorization_});
  return out;
}

void OpenAiRuntime::note_contact(const Error* error) {
  if (error == nullptr) {
    if (health_.state == RuntimeState::ready) return;
    health_ = {.state = RuntimeState::ready, .detail = {}, .load_progress = 1};
    return;
  }
  if (error->code == ErrorCode::cancelled) return;
  health_ = {.state = RuntimeState::unreachable, .detail = error->detail};
}

Task<Result<Response>> OpenAiRuntime::exchange(const http::ClientRequest& request,
                                               base::CancelToken cancel) {
  auto sent = co_await client_.send(origin_, request, cancel);
  if (!sent.ok()) {
    note_contact(&sent.error());
    co_return std::move(sent).error();
  }
  Response response = std::move(sent).value();
  if (response->status() == kOk) {
    note_contact(nullptr);
    CO_TRY_OK(check_encoding(*response));
    co_return response;
  }
  UpstreamRefusal refusal{.status = response->status()};
  refusal.retry_after = response->header("retry-after");
  auto body = co_await response->read_all(kMaxErrorBodyBytes);
  if (body.ok()) refusal.body = *body;
  Error error = upstream_error(refusal);
  if (error.code == ErrorCode::model_loading) {
    health_ = {.state = RuntimeState::loading, .detail = "the model is loading"};
  } else {
    note_contact(nullptr);  // it answers; that it refuses one request says nothing of the next
  }
  co_return error;
}

Task<Result<Response>> OpenAiRuntime::chat(const ChatRequest& request, base::CancelToken cancel) {
  UpstreamBody body;
  make_upstream_body(request, body);
  http::ClientRequest outgoing;
  outgoing.method = http::Method::post;
  outgoing.path = "/chat/completions";
  outgoing.headers = headers(request.stream ? "text/event-stream" : "application/json");
  outgoing.headers.push_back({"Content-Type", "application/json"});
  outgoing.body = std::move(body.pieces);
  co_return co_await exchange(outgoing, cancel);
}

Task<Result<std::unique_ptr<inference::TokenStream>>> OpenAiRuntime::stream(
    const ChatRequest& request, base::CancelToken cancel) {
  const auto usage_chunk =
      request.include_usage ? inference::UsageChunk::pass : inference::UsageChunk::drop;
  auto stream = std::make_unique<OpenAiStream>(trailing_, usage_chunk, cancel);
  CO_TRY(Response response, co_await chat(request, stream->token()));
  if (media_type(*response) != "text/event-stream")
    co_return co_await explain_non_stream(*response);
  stream->begin(std::move(response));
  co_return std::unique_ptr<inference::TokenStream>(std::move(stream));
}

Task<Result<ChatAnswer>> OpenAiRuntime::answer(const ChatRequest& request,
                                               base::CancelToken cancel) {
  CO_TRY(Response response, co_await chat(request, cancel));
  CO_TRY(std::string body, co_await response->read_all(kMaxAnswerBytes));
  co_return read_answer(std::move(body));
}

Task<Result<std::vector<RuntimeModel>>> OpenAiRuntime::ask_models() {
  http::ClientRequest request;
  request.path = "/models";
  request.headers = headers("application/json");
  CO_TRY(Response response, co_await exchange(request, {}));
  CO_TRY(const std::string body, co_await response->read_all(kMaxModelListBytes));
  co_return parse_model_list(body);
}

Task<Result<std::vector<RuntimeModel>>> OpenAiRuntime::models() {
  auto asked = co_await ask_models();
  if (!config_.models.empty()) co_return configured_models();
  if (!asked.ok()) note_contact(&asked.error());
  co_return asked;
}

std::vector<RuntimeModel> OpenAiRuntime::configured_models() const {
  std::vector<RuntimeModel> models;
  models.reserve(config_.models.size());
  for (const std::string& name : config_.models) {
    models.push_back({.name = name, .capabilities = same_dialect_capabilities()});
  }
  return models;
}

}  // namespace b3iq::runtimes
