#include "agent/local_api/model_call.h"

#include <fmt/format.h>

#include "agent/local_api/models_routes.h"
#include "base/log.h"
#include "inference/openai_response.h"

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

// A runtime's counts are not trusted to be numbers of tokens.
void bound(Usage& usage) {
  for (auto* count :
       {&usage.prompt_tokens, &usage.completion_tokens, &usage.cached_prompt_tokens}) {
    *count = std::clamp<std::int64_t>(*count, 0, kMaxCountedTokens);
  }
}

}  // namespace

ModelCall::ModelCall(ChatContext& context, CallStart start)
    : context_(context),
      principal_(start.principal),
      route_(std::move(start.route)),
      target_(start.target),
      admission_(std::move(start.admission)),
      id_(base::make_ulid(context.clock.wall_ms(), context.random)),
      started_ns_(start.started_ns),
      started_wall_ms_(context.clock.wall_ms()) {
  context_.random.fill(salt_);
  context_.live.add(*this);
}

bool ModelCall::allowed(const Principal& principal, std::string_view model,
                        const ModelTarget& target) {
  return may_use_model(principal, model, target.id);
}

Error ModelCall::not_allowed(std::string_view model) {
  return Error(
      ErrorCode::model_not_allowed,
      fmt::format("This key may not use the model '{}'. GET /v1/models lists those it may.", model),
      "model");
}

Error ModelCall::told(Error error) const {
  if (error.code != ErrorCode::cancelled || !context_.draining) return error;
  return Error(ErrorCode::shutting_down,
               "The node is stopping and cut this answer. Ask again when it is back.");
}

Status ModelCall::still_allowed() const {
  if (principal_.is_owner()) return {};
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
  return receipt;
}

Task<Result<std::string>> ModelCall::finish(Finish finish, Usage usage) {
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

void ModelCall::observe(Finish finish, const Usage& usage, std::int64_t receipt_ns) {
  auto& metrics = context_.metrics;
  const auto total_ns = context_.clock.steady_ns() - started_ns_;
  const auto first_ns = first_token_ns_ == 0 ? 0 : first_token_ns_ - started_ns_;
  metrics.receipts.add();
  metrics.prompt_tokens.add(static_cast<double>(usage.prompt_tokens));
  metrics.cached_tokens.add(static_cast<double>(usage.cached_prompt_tokens));
  metrics.completion_tokens.add(static_cast<double>(usage.completion_tokens));
  metrics.overhead.observe(static_cast<double>(std::max<std::int64_t>(0, total_ns - runtime_ns_)) /
                           1e9);
  metrics.receipt_wait.observe(static_cast<double>(receipt_ns) / 1e9);
  note_ended(finish, static_cast<double>(total_ns) / 1e9, static_cast<double>(first_ns) / 1e9);
}

}  // namespace b3iq::agent
