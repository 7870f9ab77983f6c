#include "agent/local_api/embedding_call.h"

#include "agent/local_api/call_refusal.h"
#include "agent/local_api/token_estimate.h"
#include "inference/capability_check.h"

namespace b3iq::agent {

using base::Result;
using base::Status;
using base::Task;
using inference::EmbeddingRequest;

namespace {

auto able(const EmbeddingRequest& request) {
  return [&request](const inference::Capabilities& can) -> Status {
    return inference::check_embedding(request, can);
  };
}

CallEstimate estimate_call(const EmbeddingRequest& request) {
  CallEstimate estimate;
  estimate.prompt_tokens = estimate_prompt_tokens(request);
  estimate.prompt_bytes = static_cast<std::int64_t>(request.body.size());
  return estimate;
}

}  // namespace

Task<Result<std::unique_ptr<EmbeddingCall>>> EmbeddingCall::accept(ChatContext& context,
                                                                   const Principal& principal,
                                                                   EmbeddingRequest request,
                                                                   const http::Request& from) {
  RefusedRequest refused{from, principal};
  auto resolved = co_await resolve_for(context.models, principal, request.model);
  CO_TRY(auto route, noted(context, refused, std::move(resolved)));
  refused.model = route->targets.front().id;
  CO_TRY(
      const auto target,
      noted(context, refused, choose_target(*route, 0, request.model, principal, able(request))));
  request.runtime_model = route->targets[target].runtime_model;
  Admission admission;
  if (!principal.is_user()) {
    CO_TRY(admission,
           noted(context, refused, admit(principal.key, estimate_call(request), context.clock)));
  }
  CallStart start{principal, std::move(route),         target, std::move(admission),
                  from,      CallOperation::embeddings};
  co_return std::unique_ptr<EmbeddingCall>(
      new EmbeddingCall(context, std::move(request), std::move(start)));
}

EmbeddingCall::EmbeddingCall(ChatContext& context, EmbeddingRequest request, CallStart start)
    : ModelCall(context, std::move(start)), request_(std::move(request)) {}

bool EmbeddingCall::next_target() {
  if (!move_on(request_.model, able(request_))) return false;
  request_.runtime_model = target().runtime_model;
  return true;
}

std::int64_t EmbeddingCall::prompt_tokens(const inference::EmbeddingAnswer& answer) const {
  return answer.prompt_tokens ? *answer.prompt_tokens : estimate_prompt_tokens(request_);
}

void EmbeddingCall::note_ended(const Ended& ended, RuntimeMetrics& metrics) {
  context().metrics.embedding_inputs.add(static_cast<double>(request_.count()));
  metrics.embedded_tokens.observe(static_cast<double>(ended.usage.prompt_tokens));
  metrics.embedding_duration.observe(static_cast<double>(ended.total_ns) / 1e9);
}

}  // namespace b3iq::agent
