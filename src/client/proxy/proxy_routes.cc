#include "client/proxy/proxy_routes.h"

#include <fmt/format.h>

#include "base/log.h"
#include "cli/version.h"
#include "client/evidence/evidence_file.h"
#include "client/proxy/chat_job.h"
#include "client/proxy/chat_request.h"
#include "client/proxy/proxied_stream.h"
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

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::string_view kEventStream = "text/event-stream";
// OpenAI's packages send again by themselves unless they are told not to: that could cost twice.
constexpr std::string_view kShouldRetry = "x-should-retry";

// One open job.
class Place {
 public:
  explicit Place(int& count) : count_(count) { ++count_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { --count_; }

 private:
  int& count_;
};

Response failed(const Error& error, const Tried& tried, const Request& request) {
  base::log(base::LogLevel::warn, "proxy.job_failed",
            {{"code", base::error_info(error.code).wire_name}});
  auto told = proxy_error(told_to_client(error), request);
  if (tried.may_cost) told.headers.push_back({kShouldRetry, "false"});
  return told;
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
                                             base::CancelToken cancel) {
  tried.excluded = failed_.now(clock_.wall_ms());
  const auto before = tried.excluded.size();
  auto done = co_await jobs_.answer(order, rules_.timeout_ms, tried, cancel);
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
  JobOrder order{asked.model, std::move(asked.body), rules_.wish, asked.stream,
                 asked.include_usage};
  if (asked.stream) co_return co_await chat_streamed(std::move(order), request);
  co_return co_await chat_whole(order, request);
}

Task<Result<Response>> ProxyRoutes::chat_whole(const JobOrder& order, Request& request) {
  const Place place(open_);
  Tried tried;
  const auto started = co_await run(order, tried, request.cancel);
  if (!started.ok()) co_return failed(started.error(), tried, request);
  const auto& done = std::get<FinishedJob>(*started);
  if (done.evidence) keep(*done.evidence);
  const auto& answer = done.opened.answer;
  if (answer.status != protocol::AnswerStatus::completed)
    co_return failed(error_of(done), tried, request);
  Response response;
  response.body = std::string(answer.body);
  co_return response;
}

// As long as nothing was answered, what goes wrong has its own status; then it is said in the
// stream.
Task<Result<Response>> ProxyRoutes::chat_streamed(JobOrder order, Request& request) {
  auto job =
      std::make_shared<ChatJob>(*request.loop, std::move(order), std::make_shared<Place>(open_));
  ProxiedStream::Rules rules{std::string(request.request_id), rules_.keep_alive_ms,
                             [this](const JobEvidence& evidence) { keep(evidence); }};
  auto stream = std::make_unique<ProxiedStream>(job, request.cancel, std::move(rules));
  const ChatJob::Run run_order = [this](const JobOrder& wanted, Tried& tried,
                                        base::CancelToken cancel) {
    return run(wanted, tried, cancel);
  };
  ChatJob::start(job, run_order);
  co_await begun_or_late(*job);
  Response response;
  response.content_type = kEventStream;
  const auto* const started = job->started();
  if (started == nullptr || job->has_begun()) {
    response.body = std::move(stream);
    co_return response;
  }
  if (!started->ok()) co_return failed(started->error(), job->tried(), request);
  const auto& done = std::get<FinishedJob>(**started);
  if (done.evidence) keep(*done.evidence);
  auto events = events_of(done, job->order().include_usage);
  if (!events.ok()) co_return failed(events.error(), job->tried(), request);
  response.body = std::move(events).value();
  co_return response;
}

Task<void> ProxyRoutes::begun_or_late(ChatJob& job) {
  const auto until_ns = clock_.steady_ns() + rules_.header_after_ms * kNsPerMs;
  while (job.started() == nullptr) {
    const auto left_ms = (until_ns - clock_.steady_ns()) / kNsPerMs;
    if (left_ms <= 0) co_return;
    co_await job.changed(left_ms);
  }
}

}  // namespace b3iq::client
