#include "client/proxy/proxy_routes.h"

#include <fmt/format.h>

#include "base/log.h"
#include "cli/version.h"
#include "client/evidence/evidence_file.h"
#include "client/jobs/answer_events.h"
#include "client/proxy/answer_source.h"
#include "client/proxy/chat_request.h"
#include "http/error_response.h"
#include "http/json_response.h"
#include "protocol/error_json.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;
using http::Request;
using http::Response;

namespace {

constexpr std::string_view kEventStream = "text/event-stream";
// OpenAI's packages send again by themselves unless they are told not to: that could cost twice.
constexpr std::string_view kShouldRetry = "x-should-retry";

// The caller's key is right; it is the customer's token that the control plane does not take.
Error told_to_client(const Error& error) {
  if (error.code != ErrorCode::unauthorized) return error;
  return Error(
      ErrorCode::upstream_failed,
      "The control plane refuses the customer token that this proxy was given: " + error.detail);
}

// One open job; what has a stream keeps its place until that ends.
class Place {
 public:
  explicit Place(int& count) : count_(&count) { ++count; }
  Place(Place&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (count_ != nullptr) --*count_;
  }

 private:
  int* count_;
};

std::unique_ptr<BegunAnswer>* streamed(Result<StartedAnswer>& started) {
  return started.ok() ? std::get_if<std::unique_ptr<BegunAnswer>>(&*started) : nullptr;
}

Result<Response> response_of(const FinishedJob& job, const ChatRequest& asked) {
  const auto& answer = job.opened.answer;
  if (answer.status != protocol::AnswerStatus::completed) return error_of(job);
  Response response;
  if (!asked.stream) {
    response.body = std::string(answer.body);
    return response;
  }
  TRY(auto events, events_of_answer(answer.body, asked.include_usage));
  response.content_type = kEventStream;
  response.body = std::move(events);
  return response;
}

}  // namespace

Response proxy_error(const Error& error, const Request& request) {
  return http::error_response(error, protocol::openai_error_body(error, request.request_id));
}

void ProxyRoutes::add_to(http::Router& router) {
  router.add(http::Method::get, "/health", "getHealth", public_, proxy_error, 0,
             [](Request&, const http::Public::Principal&) -> Task<Result<Response>> {
               co_return http::object_answer([](json::Writer& w) {
                 w.member("status", "ok");
                 w.member("version", cli::kVersion);
               });
             });
  router.add(http::Method::get, "/v1/models", "listModels", auth_, proxy_error, 0,
             [this](Request& request, const ProxyAuth::Principal&) { return models(request); });
  router.add(http::Method::post, "/v1/chat/completions", "createChatCompletion", auth_, proxy_error,
             kMaxProxyBodyBytes,
             [this](Request& request, const ProxyAuth::Principal&) { return chat(request); });
}

Task<Result<Response>> ProxyRoutes::models(Request& request) {
  auto names = co_await api_.models(request.cancel);
  if (!names.ok()) co_return told_to_client(names.error());
  const auto write = [](json::Writer& w, const std::string& name) {
    w.begin_object();
    w.member("id", name);
    w.member("object", "model");
    w.member("created", 0);
    w.member("owned_by", "b3iq");
    w.end_object();
  };
  co_return http::list_answer(*names, write);
}

Task<Result<StartedAnswer>> ProxyRoutes::run(const JobOrder& order, Tried& tried,
                                             Request& request) {
  tried.excluded = failed_.now(clock_.wall_ms());
  const auto before = tried.excluded.size();
  auto done = co_await jobs_.answer(order, rules_.timeout_ms, tried, request.cancel);
  failed_.note(std::span(tried.excluded).subspan(before), clock_.wall_ms());
  co_return done;
}

// The answer is there and paid for, whether its proof can be kept or not.
void ProxyRoutes::keep(const JobEvidence& evidence) const {
  if (rules_.evidence_folder.empty()) return;
  const auto kept = keep_evidence(rules_.evidence_folder, evidence);
  if (kept.ok()) return;
  base::log(base::LogLevel::error, "proxy.evidence_not_kept",
            {{"detail", std::string_view(kept.error().detail)}});
}

Task<Result<Response>> ProxyRoutes::chat(Request& request) {
  CO_TRY(auto asked, read_chat_request(request.body));
  if (open_ >= kMaxProxyJobs) {
    co_return Error(ErrorCode::overloaded,
                    fmt::format("{} private jobs are open already. Try again soon.", open_));
  }
  Place place(open_);
  const JobOrder order{asked.model, std::move(asked.body), rules_.wish, asked.stream,
                       asked.include_usage};
  Tried tried;
  auto started = co_await run(order, tried, request);
  if (auto* const begun = streamed(started)) {
    Response response;
    response.content_type = kEventStream;
    response.body = std::make_unique<AnswerSource>(
        std::move(*begun), std::string(request.request_id),
        [this](const JobEvidence& evidence) { keep(evidence); }, [held = std::move(place)] {});
    co_return response;
  }
  const auto* const done = started.ok() ? &std::get<FinishedJob>(*started) : nullptr;
  if (done != nullptr && done->evidence) keep(*done->evidence);
  auto response = done != nullptr ? response_of(*done, asked) : Result<Response>(started.error());
  if (response.ok()) co_return response;
  base::log(base::LogLevel::warn, "proxy.job_failed",
            {{"code", base::error_info(response.error().code).wire_name}});
  auto told = proxy_error(told_to_client(response.error()), request);
  if (tried.may_cost) told.headers.push_back({kShouldRetry, "false"});
  co_return told;
}

}  // namespace b3iq::client
