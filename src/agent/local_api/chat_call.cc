#include "agent/local_api/chat_call.h"

#include <fmt/format.h>

#include "agent/local_api/models_routes.h"
#include "agent/local_api/token_estimate.h"
#include "base/log.h"
#include "inference/capability_check.h"
#include "inference/openai_response.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using inference::ChatRequest;
using inference::Finish;
using inference::Usage;

namespace {

// More than any call can use; sums of many still fit.
constexpr std::int64_t kMaxCountedTokens = std::int64_t{1} << 40;

// With a token budget every call runs under a max_tokens, so that it cannot outgrow what was
// reserved for it.
CallEstimate estimate_call(ChatRequest& request, const KeyState& state, std::int64_t assumed,
                           std::int64_t today) {
  CallEstimate estimate;
  estimate.prompt_tokens = estimate_prompt_tokens(request);
  estimate.prompt_bytes = static_cast<std::int64_t>(request.body.size());
  estimate.completion_tokens = request.max_tokens.value_or(assumed);
  const auto left = budget_left(state, today);
  if (left && !request.max_tokens) {
    estimate.completion_tokens =
        std::clamp<std::int64_t>(*left - estimate.prompt_tokens, 1, assumed);
    request.max_tokens = estimate.completion_tokens;
    request.max_tokens_imposed = true;
  }
  return estimate;
}

// The first target from `from` on that the caller may use and that can do what is asked. The error
// is that of the first that cannot.
Result<std::size_t> choose_target(const ModelRoute& route, std::size_t from,
                                  const ChatRequest& request, const Principal& principal) {
  std::optional<Error> refusal;
  for (std::size_t i = from; i < route.targets.size(); ++i) {
    const auto& target = route.targets[i];
    if (!may_use_model(principal, request.model, target.id)) continue;
    auto able = inference::check_capabilities(request, target.capabilities);
    if (able.ok()) return i;
    if (!refusal) refusal = std::move(able).error();
  }
  if (refusal) return *std::move(refusal);
  return Error(
      ErrorCode::model_not_allowed,
      fmt::format("This key may not use the model '{}'. GET /v1/models lists those it may.",
                  request.model),
      "model");
}

// A runtime's counts are not trusted to be numbers of tokens.
void bound(Usage& usage) {
  for (auto* count :
       {&usage.prompt_tokens, &usage.completion_tokens, &usage.cached_prompt_tokens}) {
    *count = std::clamp<std::int64_t>(*count, 0, kMaxCountedTokens);
  }
}

}  // namespace

Task<Result<std::unique_ptr<ChatCall>>> ChatCall::accept(ChatContext& context,
                                                         const Principal& principal,
                                                         ChatRequest request,
                                                         std::int64_t started_ns) {
  CO_TRY(auto route, co_await context.models.resolve(request.model));
  CO_TRY(const auto target, choose_target(*route, 0, request, principal));
  request.runtime_model = route->targets[target].runtime_model;
  Admission admission;
  if (!principal.is_owner()) {
    const auto today = utc_day(context.clock.wall_ms());
    const auto estimate =
        estimate_call(request, *principal.key, context.assumed_completion_tokens, today);
    auto admitted = admit(principal.key, estimate, context.clock);
    if (!admitted.ok()) co_return std::move(admitted).error();
    admission = std::move(admitted).value();
  }
  co_return std::unique_ptr<ChatCall>(new ChatCall(context, principal, std::move(request),
                                                   std::move(route), target, std::move(admission),
                                                   started_ns));
}

ChatCall::ChatCall(ChatContext& context, const Principal& principal, ChatRequest request,
                   ModelRoutePointer route, std::size_t target, Admission admission,
                   std::int64_t started_ns)
    : context_(context),
      principal_(principal),
      request_(std::move(request)),
      route_(std::move(route)),
      target_(target),
      admission_(std::move(admission)),
      id_(base::make_ulid(context.clock.wall_ms(), context.random)),
      started_ns_(started_ns),
      started_wall_ms_(context.clock.wall_ms()) {
  context_.random.fill(salt_);
  context_.metrics.running.add(1);
  context_.live.add(*this);
}

ChatCall::~ChatCall() { context_.metrics.running.add(-1); }

bool ChatCall::next_target() {
  const auto next = choose_target(*route_, target_ + 1, request_, principal_);
  if (!next.ok()) return false;
  target_ = *next;
  request_.runtime_model = target().runtime_model;
  return true;
}

Error ChatCall::told(Error error) const {
  if (error.code != ErrorCode::cancelled || !context_.draining) return error;
  return Error(ErrorCode::shutting_down,
               "The node is stopping and cut this answer. Ask again when it is back.");
}

Status ChatCall::still_allowed() const {
  if (principal_.is_owner()) return {};
  return principal_.key->usable(context_.clock.wall_ms());
}

void ChatCall::first_token() {
  if (first_token_ns_ == 0) first_token_ns_ = context_.clock.steady_ns();
}

protocol::Receipt ChatCall::make_receipt(Finish finish, const Usage& usage,
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
      salt_,
      crypto::sha256(
          base::as_bytes(request_.caller_body.empty() ? request_.body : request_.caller_body)),
      response_hash_.finish());
  return receipt;
}

Task<Result<std::string>> ChatCall::finish(Finish finish, Usage usage) {
  bound(usage);
  const auto ended_ns = context_.clock.steady_ns();
  const auto ended_ms = context_.clock.wall_ms();
  CompletedCall completed{make_receipt(finish, usage, ended_ms), std::string(principal_.account()),
                          ended_ms};
  auto appended = co_await context_.receipts.append(std::move(completed));
  if (!appended.ok()) {
    base::log(base::LogLevel::error, "receipt.not_durable",
              {{"detail", std::string_view(appended.error().detail)}});
    co_return std::move(appended).error();
  }
  admission_.settle(usage.total_tokens(), utc_day(ended_ms));
  if (!principal_.is_owner()) context_.keys.note_use(*principal_.key, ended_ms);
  observe(finish, usage, context_.clock.steady_ns() - ended_ns);

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

void ChatCall::observe(Finish finish, const Usage& usage, std::int64_t receipt_ns) {
  auto& metrics = context_.metrics;
  const auto total_ns = context_.clock.steady_ns() - started_ns_;
  metrics.chats(finish).add();
  metrics.receipts.add();
  metrics.prompt_tokens.add(static_cast<double>(usage.prompt_tokens));
  metrics.cached_tokens.add(static_cast<double>(usage.cached_prompt_tokens));
  metrics.completion_tokens.add(static_cast<double>(usage.completion_tokens));
  metrics.duration.observe(static_cast<double>(total_ns) / 1e9);
  metrics.overhead.observe(static_cast<double>(std::max<std::int64_t>(0, total_ns - runtime_ns_)) /
                           1e9);
  metrics.receipt_wait.observe(static_cast<double>(receipt_ns) / 1e9);
  if (first_token_ns_ != 0)
    metrics.first_token.observe(static_cast<double>(first_token_ns_ - started_ns_) / 1e9);
}

void ChatCall::abandon(std::unique_ptr<ChatCall> call, Usage usage) {
  struct Closing {
    static Task<void> run(std::unique_ptr<ChatCall> owned, Usage used) {
      [[maybe_unused]] const auto told_nobody = co_await owned->finish(Finish::cancelled, used);
    }
  };
  base::detach(Closing::run(std::move(call), usage));
}

}  // namespace b3iq::agent
