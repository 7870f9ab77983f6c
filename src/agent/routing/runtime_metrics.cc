#include "agent/routing/runtime_metrics.h"

#include <string>

#include "agent/routing/runtime_lane.h"

namespace b3iq::agent {

namespace {

// A call takes from milliseconds to minutes, a token from a tenth of a millisecond to seconds.
const std::vector<double> kCallSeconds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
                                          2.5,   5,    10,    30,   60,  120,  300, 600};
const std::vector<double> kFirstTokenSeconds = {0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                0.5,   1,     2.5,   5,    10,    30,   60,  120};
const std::vector<double> kTokenSeconds = {0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01,
                                           0.02,   0.05,   0.1,    0.2,   0.5,   1,     2};
const std::vector<double> kQueueSeconds = {0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5,
                                           1,     2.5,   5,    10,   30,  60,   300};
const std::vector<double> kTokens = {1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576};

base::Counter& attempts(base::Metrics& m, const std::string& runtime, std::string outcome) {
  return m.counter("b3iq_runtime_attempts_total", "Calls given to a runtime, by outcome.",
                   {{"runtime", runtime}, {"outcome", std::move(outcome)}});
}

base::Histogram& prompt_sizes(base::Metrics& m, base::Labels labels, std::string operation) {
  labels.emplace_back("operation", std::move(operation));
  return m.histogram("b3iq_call_prompt_tokens", "Prompt tokens of a call.", kTokens, labels);
}

}  // namespace

RuntimeMetrics::RuntimeMetrics(base::Metrics& m, std::string_view id)
    : RuntimeMetrics(m, base::Labels{{"runtime", std::string(id)}}) {}

RuntimeMetrics::RuntimeMetrics(base::Metrics& m, const base::Labels& of)
    : chat_duration(
          m.histogram("b3iq_chat_duration_seconds", "Whole chat completions.", kCallSeconds, of)),
      first_token(m.histogram("b3iq_chat_first_token_seconds", "Time to the first token.",
                              kFirstTokenSeconds, of)),
      output_token(m.histogram("b3iq_chat_output_token_seconds",
                               "Time per output token after the first.", kTokenSeconds, of)),
      embedding_duration(m.histogram("b3iq_embedding_duration_seconds", "Whole embedding requests.",
                                     kCallSeconds, of)),
      queue_wait(m.histogram("b3iq_queue_wait_seconds", "Time that calls waited for the runtime.",
                             kQueueSeconds, of)),
      prompt_tokens(prompt_sizes(m, of, "chat")),
      embedded_tokens(prompt_sizes(m, of, "embeddings")),
      completion_tokens(
          m.histogram("b3iq_call_completion_tokens", "Completion tokens of a call.", kTokens, of)),
      succeeded(attempts(m, of.front().second, "succeeded")),
      failed(attempts(m, of.front().second, "failed")),
      undecided(attempts(m, of.front().second, "undecided")),
      ready_(
          m.gauge("b3iq_runtime_ready", "1 when the runtime was ready at its last contact.", of)),
      breaker_open_(m.gauge("b3iq_runtime_breaker_open",
                            "1 while the runtime is left out because it kept failing.", of)),
      running_(m.gauge("b3iq_runtime_calls_running", "Calls that the runtime works on now.", of)),
      waiting_(m.gauge("b3iq_queue_waiting", "Calls that wait for the runtime now.", of)),
      oldest_wait_(m.gauge("b3iq_queue_oldest_seconds",
                           "How long the oldest of those that wait has waited.", of)) {}

void RuntimeMetrics::sample(const RuntimeLane& lane) {
  ready_.set(lane.runtime.health().state == inference::RuntimeState::ready ? 1 : 0);
  breaker_open_.set(lane.breaker.open() ? 1 : 0);
  running_.set(static_cast<double>(lane.queue.running()));
  waiting_.set(static_cast<double>(lane.queue.waiting()));
  oldest_wait_.set(static_cast<double>(lane.queue.oldest_wait_ms()) / 1e3);
}

}  // namespace b3iq::agent
