#include "agent/agent_metrics.h"

#include <fmt/format.h>

#include <algorithm>

namespace b3iq::agent {
namespace {

using inference::Finish;

const std::vector<double> kCallSeconds = {0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1,
                                          2.5,   5,     10,   30,   60,  120,  300};
const std::vector<double> kOverheadSeconds = {0.00005, 0.0001, 0.0002, 0.0005, 0.001,
                                              0.002,   0.005,  0.01,   0.05,   0.25};

constexpr Finish kFinishes[] = {Finish::stop,           Finish::length,    Finish::tool_calls,
                                Finish::content_filter, Finish::cancelled, Finish::error};

}  // namespace

AgentMetrics::AgentMetrics(base::Metrics& m)
    : running(m.gauge("b3iq_chats_running", "Chat completions being generated now.")),
      connections(m.gauge("b3iq_http_connections", "Open client connections.")),
      prompt_tokens(m.counter("b3iq_tokens_total", "Tokens by kind.", {{"kind", "prompt"}})),
      cached_tokens(m.counter("b3iq_tokens_total", "Tokens by kind.", {{"kind", "prompt_cached"}})),
      completion_tokens(
          m.counter("b3iq_tokens_total", "Tokens by kind.", {{"kind", "completion"}})),
      receipts(m.counter("b3iq_receipts_total", "Receipts made durable.")),
      duration(m.histogram("b3iq_chat_duration_seconds", "Whole chat completions.", kCallSeconds)),
      first_token(
          m.histogram("b3iq_chat_first_token_seconds", "Time to the first token.", kCallSeconds)),
      overhead(m.histogram("b3iq_chat_overhead_seconds",
                           "Time of a chat completion outside its runtime.", kOverheadSeconds)),
      receipt_wait(m.histogram("b3iq_receipt_wait_seconds", "Time until a receipt was durable.",
                               kOverheadSeconds)),
      embedding_inputs(m.counter("b3iq_embedding_inputs_total", "Texts that were embedded.")),
      embedding_duration(m.histogram("b3iq_embedding_duration_seconds", "Whole embedding requests.",
                                     kCallSeconds)),
      metrics_(m) {
  for (std::size_t i = 1; i < responses_.size(); ++i) {
    responses_[i] = &m.counter("b3iq_http_responses_total", "Answers by status class.",
                               {{"class", fmt::format("{}xx", i)}});
  }
  for (const auto finish : kFinishes) {
    chats_[static_cast<std::size_t>(finish)] =
        &m.counter("b3iq_chats_total", "Chat completions by how they ended.",
                   {{"finish", std::string(inference::finish_name(finish))}});
  }
}

base::Counter& AgentMetrics::http_responses(int status) {
  return *responses_[static_cast<std::size_t>(std::clamp(status / 100, 1, 5))];
}

base::Counter& AgentMetrics::errors(base::ErrorCode code) {
  return metrics_.counter("b3iq_errors_total", "Errors by code.",
                          {{"code", std::string(base::error_info(code).wire_name)}});
}

base::Counter& AgentMetrics::chats(inference::Finish finish) {
  return *chats_[static_cast<std::size_t>(finish)];
}

}  // namespace b3iq::agent
