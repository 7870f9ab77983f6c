#include "runtimes/upstream/upstream.h"

#include <algorithm>
#include <utility>

#include "runtimes/upstream/dial_policy.h"
#include "runtimes/upstream/upstream_error.h"

namespace b3iq::runtimes {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;
using inference::RuntimeState;

constexpr int kOk = 200;
constexpr std::string_view kDialectPrefix = "/v1";

// A key travels in a header: what cannot stand there would be cut or smuggled.
bool usable_key(std::string_view key) {
  return std::ranges::all_of(key, [](char c) { return c > ' ' && c < '\x7f'; });
}

base::Status check_encoding(const http::ClientResponse& response) {
  const std::string_view encoding = response.header("content-encoding").value_or("identity");
  if (encoding == "identity" || encoding.empty()) return {};
  return Error(ErrorCode::upstream_failed,
               "The runtime compressed its answer without being asked to.");
}

http::Origin root_of(http::Origin origin) {
  if (origin.prefix.ends_with(kDialectPrefix)) {
    origin.prefix.resize(origin.prefix.size() - kDialectPrefix.size());
  }
  return origin;
}

http::ClientLimits question_limits(http::ClientLimits limits) {
  limits.connect_timeout_ms = std::min(limits.connect_timeout_ms, kQuestionConnectMs);
  limits.first_byte_timeout_ms = std::min(limits.first_byte_timeout_ms, kQuestionSilenceMs);
  limits.idle_timeout_ms = std::min(limits.idle_timeout_ms, kQuestionSilenceMs);
  limits.max_idle_per_origin = 1;
  return limits;
}

}  // namespace

std::string_view media_type(const http::ClientResponse& response) {
  const std::string_view type = response.header("content-type").value_or("");
  return type.substr(0, type.find(';'));
}

Result<std::unique_ptr<Upstream>> Upstream::create(http::EventLoop& loop, UpstreamSettings settings,
                                                   std::string_view default_prefix) {
  // Not quoted: what stands before the @ may be a password.
  if (settings.base_url.find('@') != std::string::npos) {
    return Error(ErrorCode::config_invalid,
                 "The base_url of runtime '" + settings.id +
                     "' has an @: user names and passwords are not taken there. Put a key into a "
                     "file and name it as api_key_file.",
                 "base_url");
  }
  auto origin = http::parse_origin(settings.base_url);
  if (!origin.ok()) {
    return Error(
        ErrorCode::config_invalid,
        "The base_url of runtime '" + settings.id + "' cannot be used: " + origin.error().detail,
        "base_url");
  }
  if (origin->prefix.empty()) origin->prefix = default_prefix;
  if (!usable_key(settings.api_key)) {
    return Error(ErrorCode::config_invalid,
                 "The API key of runtime '" + settings.id +
                     "' has spaces, line ends or non-ASCII bytes; put the bare key in its file.",
                 "api_key_file");
  }
  return std::unique_ptr<Upstream>(new Upstream(loop, std::move(settings), std::move(*origin)));
}

Upstream::Upstream(http::EventLoop& loop, UpstreamSettings settings, http::Origin origin)
    : loop_(loop),
      settings_(std::move(settings)),
      api_(std::move(origin)),
      root_(root_of(api_)),
      answers_(loop, settings_.limits, dial_policy(api_.host, settings_.own_port),
               {.ca_file = settings_.ca_file}),
      question_ms_(kQuestionSilences * question_limits(settings_.limits).idle_timeout_ms),
      questions_(loop, question_limits(settings_.limits),
                 dial_policy(api_.host, settings_.own_port), {.ca_file = settings_.ca_file}) {
  if (!settings_.api_key.empty()) authorization_ = "Bearer " + settings_.api_key;
  health_.state = RuntimeState::loading;
  health_.detail = "not asked yet";
}

Upstream::~Upstream() {
  std::ranges::fill(settings_.api_key, '\0');
  std::ranges::fill(authorization_, '\0');
}

void Upstream::note_contact() {
  if (health_.state == RuntimeState::ready) return;
  health_ = {.state = RuntimeState::ready, .detail = {}, .load_progress = 1};
}

void Upstream::note_failure(const Error& error) {
  if (error.code == ErrorCode::cancelled) return;
  health_ = {.state = RuntimeState::unreachable, .detail = error.detail};
}

Task<Result<UpstreamResponse>> Upstream::exchange(http::Client& client,
                                                  const UpstreamRequest& request,
                                                  base::CancelToken cancel) {
  http::ClientRequest outgoing;
  outgoing.method = request.method;
  outgoing.path = request.path;
  outgoing.headers.reserve(4);
  outgoing.headers.push_back({"Accept", request.accept});
  if (!authorization_.empty()) outgoing.headers.push_back({"Authorization", authorization_});
  if (!request.body.empty()) outgoing.headers.push_back({"Content-Type", "application/json"});
  if (!request.traceparent.empty())
    outgoing.headers.push_back({"traceparent", request.traceparent});
  outgoing.body = request.body;
  const http::Origin& origin = request.base == UpstreamBase::api ? api_ : root_;
  auto sent = co_await client.send(origin, outgoing, cancel);
  if (!sent.ok()) {
    note_failure(sent.error());
    co_return std::move(sent).error();
  }
  UpstreamResponse response = std::move(sent).value();
  if (response->status() == kOk) {
    note_contact();
    CO_TRY_OK(check_encoding(*response));
    co_return response;
  }
  UpstreamRefusal refusal{.status = response->status()};
  refusal.retry_after = response->header("retry-after");
  const auto body = co_await response->read_all(kMaxErrorBodyBytes);
  if (body.ok()) refusal.body = *body;
  Error error = upstream_error(refusal);
  if (error.code == ErrorCode::model_loading) {
    health_ = {.state = RuntimeState::loading, .detail = "the model is loading"};
  } else {
    note_contact();  // it answers; that it refuses one request says nothing of the next
  }
  co_return error;
}

Task<Result<UpstreamResponse>> Upstream::send(const UpstreamRequest& request,
                                              base::CancelToken cancel) {
  co_return co_await exchange(answers_, request, cancel);
}

Task<Result<std::string>> Upstream::ask(UpstreamRequest request, std::size_t limit) {
  const std::int64_t started = loop_.now_ms();
  CO_TRY(const UpstreamResponse response, co_await exchange(questions_, request, {}));
  std::string body;
  for (;;) {
    CO_TRY(const std::string_view piece, co_await response->read_some());
    if (piece.empty()) co_return body;
    if (body.size() + piece.size() > limit) {
      co_return Error(ErrorCode::upstream_failed,
                      "The runtime's answer about itself is too long; check its base_url.");
    }
    if (loop_.now_ms() - started > question_ms_) {
      co_return Error(ErrorCode::deadline_exceeded,
                      "The runtime's answer about itself comes too slowly.");
    }
    body.append(piece);
  }
}

}  // namespace b3iq::runtimes
