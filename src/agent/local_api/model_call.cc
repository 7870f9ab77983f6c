#include "agent/local_api/model_call.h"

#include <fmt/format.h>

#include "agent/request_log/answer_text.h"
#include "base/log.h"
#include "crypto/secret.h"
#include "inference/openai_response.h"
#include "protocol/public_model_name.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using inference::Finish;
using inference::Usage;

namespace {

// More than any call can use; sums of many still fit.
constexpr std::int64_t kMaxCountedTokens = std::int64_t{1} << 40;
constexpr std::int64_t kNsPerMs = 1'000'000;

// A runtime's counts are not trusted to be numbers of tokens.
void bound(Usage& usage) {
  for (auto* count : {&usage.prompt_tokens, &usage.completion_tokens, &usage.cached_prompt_tokens,
                      &usage.reasoning_tokens}) {
    *count = std::clamp<std::int64_t>(*count, 0, kMaxCountedTokens);
  }
}

// What the owner should know of, as opposed to what the caller did.
bool is_fault(ErrorCode code) {
  return base::error_info(code).http_status >= 500 && code != ErrorCode::overloaded &&
         code != ErrorCode::shutting_down;
}

// The job's own name of the model is what was agreed on and is paid for. What stands behind it is
// told too, if its name is fit for the public: receipts are.
void say_job(const PrivateJobTerms& job, protocol::Receipt& receipt) {
  receipt.job_id = job.job_id;
  receipt.model_id = job.model_id;
  if (!protocol::is_public_model_name(receipt.model_profile_id))
    receipt.model_profile_id = job.model_id;
  receipt.dispatch_mode = protocol::DispatchMode::private_job;
  receipt.privacy_class = job.privacy_class;
  receipt.policy_version = job.policy_version;
}

}  // namespace

ModelCall::ModelCall(ChatContext& context, CallStart start)
    : context_(context),
      principal_(start.principal),
      route_(std::move(start.route)),
      target_(start.target),
      admission_(std::move(start.admission)),
      operation_(start.operation),
      streamed_(start.streamed),
      id_(base::make_ulid(context.clock.wall_ms(), context.random)),
      started_ns_(start.request.started_ns),
      started_wall_ms_(context.clock.wall_ms()),
      request_id_bytes_(std::min(start.request.request_id.size(), request_id_.size())) {
  std::copy_n(start.request.request_id.begin(), request_id_bytes_, request_id_.begin());
  context_.random.fill(salt_);
  context_.live.add(*this);
  if (context_.requests != nullptr) {
    route_name_ = logged_operation(start.request.path);
    // Nobody's business but the customer's, whatever the owner keeps of other calls.
    if (principal_.job == nullptr)
      content_ = context_.requests->content().begin(start.request.body);
  }
  start.request.cancel.on_cancel(caller_gone_, [this] { cancel_.cancel(); });
  if (context_.tracer != nullptr) {
    trace_ = context_.tracer->begin(start.request.header("traceparent"));
    traceparent_ = traceparent_text(trace_);
  }
}

ModelCall::~ModelCall() {
  if (told_) return;
  if (!error_) error_ = ErrorCode::cancelled;
  tell_end(std::nullopt, {}, "");
}

void ModelCall::hold(Lease lease, bool waited) {
  lease_ = std::move(lease);
  lane_ = lease_.lane();
  if (placed_ns_ == 0) placed_ns_ = waited ? context_.clock.steady_ns() : dispatched_ns_;
  if (context_.tracer == nullptr) return;
  set_traceparent(lane_->traced ? std::string_view(traceparent_.data(), traceparent_.size())
                                : std::string_view());
}

bool ModelCall::allowed(const Principal& principal, std::string_view model,
                        const ModelTarget& target) {
  return may_use_model(principal, model, target.id);
}

bool ModelCall::stop() {
  if (ending_ || told_) return false;
  stopped_ = true;
  cancel_.cancel();
  if (listener_ != nullptr) listener_->stopped();
  return true;
}

Error ModelCall::told(Error error) const {
  if (error.code != ErrorCode::cancelled) return error;
  if (stopped_)
    return Error(ErrorCode::cancelled,
                 "The operator of this node stopped the call before its end.");
  if (!context_.draining) return error;
  return Error(ErrorCode::shutting_down,
               "The node is stopping and cut this answer. Ask again when it is back.");
}

Status ModelCall::still_allowed() const {
  if (principal_.is_user()) return {};
  return principal_.key->usable(context_.clock.wall_ms());
}

void ModelCall::first_token() {
  if (first_token_ns_ == 0) first_token_ns_ = context_.clock.steady_ns();
}

protocol::Receipt ModelCall::make_receipt(Finish finish, const Usage& usage,
                                          std::int64_t completed_ms) {
  protocol::Receipt receipt;
  receipt.node_id = context_.identity.node_id();
  receipt.job_id = protocol::JobId::from_ulid(id_);
  receipt.model_id = target().id;
  receipt.model_profile_id = target().id;
  receipt.runtime_kind = target().runtime->kind();
  receipt.usage = {usage.prompt_tokens, usage.completion_tokens};
  receipt.started_at_ms = started_wall_ms_;
  receipt.completed_at_ms = std::max(completed_ms, started_wall_ms_);
  receipt.finish = protocol::receipt_finish_from_name(inference::finish_name(finish))
                       .value_or(protocol::ReceiptFinish::error);
  receipt.content_commitment = protocol::content_commitment(
      salt_, crypto::sha256(base::as_bytes(caller_body())), response_hash_.finish());
  if (principal_.job != nullptr) say_job(*principal_.job, receipt);
  return receipt;
}

Task<Result<std::string>> ModelCall::finish(Finish finish, Usage usage) {
  ending_ = true;
  bound(usage);
  const auto ended_ns = context_.clock.steady_ns();
  if (runtime_ended_ns_ == 0) runtime_ended_ns_ = ended_ns;
  const auto ended_ms = context_.clock.wall_ms();
  CompletedCall completed{make_receipt(finish, usage, ended_ms), std::string(principal_.account()),
                          ended_ms};
  std::unique_ptr<protocol::Receipt> kept;
  if (principal_.job != nullptr) kept = std::make_unique<protocol::Receipt>(completed.receipt);
  auto appended = co_await context_.receipts.append(std::move(completed));
  if (!appended.ok()) {
    error_ = appended.error().code;
    base::log(
        base::LogLevel::error, "receipt.not_durable",
        {{"request_id", request_id()}, {"detail", std::string_view(appended.error().detail)}});
    co_return std::move(appended).error();
  }
  job_receipt_ = std::move(kept);
  admission_.settle(usage.total_tokens(), utc_day(ended_ms));
  if (!principal_.is_user()) context_.keys.note_use(*principal_.key, ended_ms);
  observe(finish, usage, context_.clock.steady_ns() - ended_ns, appended.value());

  inference::B3iqInfo info;
  info.runtime_id = context_.references.of(target().runtime->id());
  info.runtime_kind = target().runtime->kind();
  info.latency_ms = (ended_ns - started_ns_) / 1'000'000;
  if (first_token_ns_ != 0) info.ttft_ms = (first_token_ns_ - started_ns_) / 1'000'000;
  const auto salt = base::to_base64url(salt_);
  info.receipt_hash = appended.value();
  info.receipt_salt = salt;
  co_return inference::b3iq_json(info);
}

// What came before the dispatch, and what came after the runtime had ended.
std::int64_t ModelCall::overhead_ns(std::int64_t now_ns) const {
  const auto before = dispatched_ns_ == 0 ? now_ns - started_ns_ : dispatched_ns_ - started_ns_;
  const auto after = runtime_ended_ns_ == 0 ? 0 : now_ns - runtime_ended_ns_;
  return std::max<std::int64_t>(0, before + after);
}

void ModelCall::observe(Finish finish, const Usage& usage, std::int64_t receipt_ns,
                        std::string_view receipt_hash) {
  auto& metrics = context_.metrics;
  const auto now_ns = context_.clock.steady_ns();
  metrics.receipts.add();
  metrics.prompt_tokens.add(static_cast<double>(usage.prompt_tokens));
  metrics.completion_tokens.add(static_cast<double>(usage.completion_tokens));
  if (usage.cached_prompt_tokens > 0)
    metrics.cached_tokens.add(static_cast<double>(usage.cached_prompt_tokens));
  if (usage.reasoning_tokens > 0)
    metrics.reasoning_tokens.add(static_cast<double>(usage.reasoning_tokens));
  metrics.overhead.observe(static_cast<double>(overhead_ns(now_ns)) / 1e9);
  metrics.receipt_wait.observe(static_cast<double>(receipt_ns) / 1e9);
  Ended ended{finish, usage, now_ns - started_ns_, 0, 0};
  if (first_token_ns_ != 0) {
    ended.first_token_ns = first_token_ns_ - started_ns_;
    ended.output_ns = std::max<std::int64_t>(0, runtime_ended_ns_ - first_token_ns_);
  }
  if (lane_ != nullptr) note_ended(ended, lane_->metrics);
  tell_end(finish, usage, receipt_hash);
}

void ModelCall::tell_end(std::optional<Finish> finish, const Usage& usage,
                         std::string_view receipt_hash) {
  told_ = true;
  const auto total_ns = context_.clock.steady_ns() - started_ns_;
  if (error_ ? *error_ == ErrorCode::cancelled : finish == Finish::cancelled)
    context_.metrics.cancelled(stage()).add();
  if (context_.tracer != nullptr) end_trace(finish, usage, total_ns);
  if (context_.requests != nullptr) log_request(finish, usage, total_ns, receipt_hash);
  const bool fault = error_ && is_fault(*error_);
  const auto level = fault ? base::LogLevel::warn : base::LogLevel::debug;
  if (!base::log_enabled(level)) return;
  if (fault && !context_.failure_lines.take(started_ns_ + total_ns)) return;
  log_end(level, finish, usage, total_ns);
}

// What the caller was told: a stream's status left before its error came.
int ModelCall::told_status() const {
  if (answering_ || !error_) return 200;
  const bool cut = *error_ == ErrorCode::cancelled && !stopped_ && context_.draining;
  return base::error_info(cut ? ErrorCode::shutting_down : *error_).http_status;
}

void ModelCall::log_request(std::optional<Finish> finish, const Usage& usage, std::int64_t total_ns,
                            std::string_view receipt_hash) {
  const bool cancelled =
      error_ ? *error_ == ErrorCode::cancelled : !finish || *finish == Finish::cancelled;
  CallFacts facts;
  facts.id = id_;
  facts.request_id = request_id();
  facts.operation = route_name_;
  facts.account = account();
  facts.model = target().id;
  if (lane_ != nullptr) facts.runtime_kind = lane_->runtime.kind();
  facts.receipt_hash = receipt_hash;
  facts.streamed = streamed_;
  facts.status = told_status();
  facts.outcome = cancelled ? CallOutcome::cancelled
                  : error_  ? CallOutcome::error
                            : CallOutcome::ok;
  facts.error = error_;
  facts.finish = finish;
  facts.prompt_tokens = usage.prompt_tokens;
  facts.completion_tokens = usage.completion_tokens;
  facts.at_ms = started_wall_ms_;
  if (placed_ns_ != 0) facts.queued_ms = (placed_ns_ - dispatched_ns_) / kNsPerMs;
  if (first_token_ns_ != 0) facts.first_token_ms = (first_token_ns_ - started_ns_) / kNsPerMs;
  facts.duration_ms = total_ns / kNsPerMs;
  context_.requests->add_call(facts, std::move(content_));
}

void ModelCall::keep_text(const inference::StreamStep& step) {
  std::string text;
  append_answer_text(text, step);
  content_->add_answer(text);
  crypto::wipe(text.data(), text.size());
}

void ModelCall::keep_text(const inference::ChatAnswer& answer) {
  std::string text;
  append_answer_text(text, answer);
  content_->add_answer(text);
  crypto::wipe(text.data(), text.size());
}

void ModelCall::log_end(base::LogLevel level, std::optional<Finish> finish, const Usage& usage,
                        std::int64_t total_ns) {
  const bool failed = error_ && *error_ != ErrorCode::cancelled;
  const auto trace = context_.tracer == nullptr
                         ? std::string_view("none")
                         : std::string_view(traceparent_.data() + 3, 2 * trace_.trace_id.size());
  base::log(level, failed ? "call.failed" : "call.ended",
            {{"request_id", request_id()},
             {"call", std::string_view(id_)},
             {"trace_id", trace},
             {"runtime", lane_ == nullptr ? "none" : lane_->runtime.id()},
             {"stage", call_stage_name(stage())},
             {"outcome", error_   ? base::error_info(*error_).wire_name
                         : finish ? inference::finish_name(*finish)
                                  : "none"},
             {"prompt_tokens", usage.prompt_tokens},
             {"completion_tokens", usage.completion_tokens},
             {"ms", static_cast<double>(total_ns) / 1e6},
             {"held_back", context_.failure_lines.take_held_back()}});
}

void ModelCall::end_trace(std::optional<Finish> finish, const Usage& usage, std::int64_t total_ns) {
  if (!context_.tracer->wants(trace_)) return;
  CallSpan span;
  span.context = trace_;
  span.ended_unix_ns = context_.clock.wall_ms() * 1'000'000;
  span.started_unix_ns = span.ended_unix_ns - total_ns;
  span.operation = operation_;
  span.streamed = streamed_;
  span.call_id = id_;
  if (lane_ != nullptr) {
    span.runtime_id = lane_->runtime.id();
    span.runtime_kind = lane_->runtime.kind();
  }
  span.model = target().id;
  span.runtime_model = target().runtime_model;
  span.finish = finish;
  span.usage = usage;
  span.error = error_;
  if (first_token_ns_ != 0) span.first_token_ns = first_token_ns_ - started_ns_;
  span.overhead_ns = overhead_ns(started_ns_ + total_ns);
  context_.tracer->end(std::move(span));
}

}  // namespace b3iq::agent
