#include "agent/local_api/chat_call.h"

#include "agent/local_api/call_refusal.h"
#include "agent/local_api/token_estimate.h"
#include "inference/capability_check.h"

namespace b3iq::agent {

using base::Result;
using base::Status;
using base::Task;
using inference::ChatRequest;
using inference::Finish;
using inference::Usage;

namespace {

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

// Whether a target can do what the chat asks.
auto able(const ChatRequest& request) {
  return [&request](const inference::Capabilities& can) -> Status {
    return inference::check_capabilities(request, can);
  };
}

}  // namespace

Task<Result<std::unique_ptr<ChatCall>>> ChatCall::accept(ChatContext& context,
                                                         const Principal& principal,
                                                         ChatRequest request,
                                                         const http::Request& from) {
  RefusedRequest refused{from, principal, "", request.stream};
  auto resolved = co_await resolve_for(context.models, principal, request.model);
  CO_TRY(auto route, noted(context, refused, std::move(resolved)));
  refused.model = route->targets.front().id;
  CO_TRY(
      const auto target,
      noted(context, refused, choose_target(*route, 0, request.model, principal, able(request))));
  request.runtime_model = route->targets[target].runtime_model;
  request.cache_partition = principal.job == nullptr
                                ? context.cache_partitions.of(principal)
                                : std::string_view(principal.job->cache_partition);
  Admission admission;
  if (!principal.is_user()) {
    const auto today = utc_day(context.clock.wall_ms());
    const auto estimate =
        estimate_call(request, *principal.key, context.assumed_completion_tokens, today);
    CO_TRY(admission, noted(context, refused, admit(principal.key, estimate, context.clock)));
  }
  const auto operation = request.raw_prompt ? CallOperation::text_completion : CallOperation::chat;
  CallStart start{principal, std::move(route), target,        std::move(admission),
                  from,      operation,        request.stream};
  co_return std::unique_ptr<ChatCall>(new ChatCall(context, std::move(request), std::move(start)));
}

ChatCall::ChatCall(ChatContext& context, ChatRequest request, CallStart start)
    : ModelCall(context, std::move(start)), request_(std::move(request)) {
  context.metrics.running.add(1);
}

ChatCall::~ChatCall() { context().metrics.running.add(-1); }

bool ChatCall::next_target() {
  if (!move_on(request_.model, able(request_))) return false;
  request_.runtime_model = target().runtime_model;
  return true;
}

std::string_view ChatCall::caller_body() const {
  return request_.caller_body.empty() ? request_.body : request_.caller_body;
}

void ChatCall::note_ended(const Ended& ended, RuntimeMetrics& metrics) {
  context().metrics.chats(ended.finish).add();
  metrics.chat_duration.observe(static_cast<double>(ended.total_ns) / 1e9);
  metrics.prompt_tokens.observe(static_cast<double>(ended.usage.prompt_tokens));
  const auto tokens = static_cast<double>(ended.usage.completion_tokens);
  metrics.completion_tokens.observe(tokens);
  if (ended.first_token_ns == 0) return;
  metrics.first_token.observe(static_cast<double>(ended.first_token_ns) / 1e9);
  if (tokens > 1)
    metrics.output_token.observe(static_cast<double>(ended.output_ns) / 1e9 / (tokens - 1));
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
