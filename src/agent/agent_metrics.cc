#include "agent/agent_metrics.h"

#include <fmt/format.h>

#include <algorithm>

namespace b3iq::agent {

namespace {

using inference::Finish;

const std::vector<double> kOverheadSeconds = {
    0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1};

constexpr Finish kFinishes[] = {Finish::stop,           Finish::length,    Finish::tool_calls,
                                Finish::content_filter, Finish::cancelled, Finish::error};
constexpr CallStage kStages[] = {CallStage::waiting, CallStage::prompt, CallStage::generating};
constexpr base::ErrorCode kCodes[] = {
#define B3_ERROR(symbol, ...) base::ErrorCode::symbol,
#include "base/error_table.def"
#undef B3_ERROR
};

base::Counter& token_counter(base::Metrics& m, std::string kind) {
  return m.counter("b3iq_tokens_total", "Tokens by kind.", {{"kind", std::move(kind)}});
}

}  // namespace

std::string_view call_stage_name(CallStage stage) {
  switch (stage) {
    case CallStage::waiting:
      return "waiting";
    case CallStage::prompt:
      return "prompt";
    case CallStage::generating:
      break;
  }
  return "generating";
}

AgentMetrics::AgentMetrics(base::Metrics& m)
    : running(m.gauge("b3iq_chats_running", "Chat completions being generated now.")),
      connections(m.gauge("b3iq_http_connections", "Open client connections.")),
      prompt_tokens(token_counter(m, "prompt")),
      cached_tokens(token_counter(m, "prompt_cached")),
      completion_tokens(token_counter(m, "completion")),
      reasoning_tokens(token_counter(m, "reasoning")),
      receipts(m.counter("b3iq_receipts_total", "Receipts made durable.")),
      overhead(m.histogram("b3iq_gateway_overhead_seconds",
                           "Time that the node added to a call: from its receipt to its dispatch, "
                           "and from the end of its runtime's answer to its own end.",
                           kOverheadSeconds)),
      receipt_wait(m.histogram("b3iq_receipt_wait_seconds", "Time until a receipt was durable.",
                               kOverheadSeconds)),
      embedding_inputs(m.counter("b3iq_embedding_inputs_total", "Texts that were embedded.")) {
  for (std::size_t i = 1; i < responses_.size(); ++i) {
    responses_[i] = &m.counter("b3iq_http_responses_total", "Answers by status class.",
                               {{"class", fmt::format("{}xx", i)}});
  }
  for (const auto finish : kFinishes) {
    chats_[static_cast<std::size_t>(finish)] =
        &m.counter("b3iq_chats_total", "Chat completions by how they ended.",
                   {{"finish", std::string(inference::finish_name(finish))}});
  }
  for (const auto stage : kStages) {
    cancelled_[static_cast<std::size_t>(stage)] = &m.counter(
        "b3iq_calls_cancelled_total", "Calls whose caller went away, by how far they had come.",
        {{"stage", std::string(call_stage_name(stage))}});
  }
  for (const auto code : kCodes) {
    errors_.push_back(&m.counter("b3iq_errors_total", "Errors that callers were told, by code.",
                                 {{"code", std::string(base::error_info(code).wire_name)}}));
  }
}

base::Counter& AgentMetrics::http_responses(int status) {
  return *responses_[static_cast<std::size_t>(std::clamp(status / 100, 1, 5))];
}

base::Counter& AgentMetrics::errors(base::ErrorCode code) {
  return *errors_[static_cast<std::size_t>(code)];
}

base::Counter& AgentMetrics::chats(inference::Finish finish) {
  return *chats_[static_cast<std::size_t>(finish)];
}

base::Counter& AgentMetrics::cancelled(CallStage stage) {
  return *cancelled_[static_cast<std::size_t>(stage)];
}

}  // namespace b3iq::agent
