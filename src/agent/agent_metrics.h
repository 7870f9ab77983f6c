// Every metric of the agent that belongs to no one runtime (those: routing/runtime_metrics.h), made
// once. Labels come from closed sets. What each means: docs/operating/metrics.md.
#pragma once

#include <array>

#include "base/error.h"
#include "base/metrics.h"
#include "inference/chat.h"

namespace b3iq::agent {

// How far a call had come when its caller went away.
enum class CallStage : std::uint8_t { waiting, prompt, generating };
std::string_view call_stage_name(CallStage stage);

class AgentMetrics {
 public:
  explicit AgentMetrics(base::Metrics& metrics);

  // By status class "1xx" … "5xx".
  base::Counter& http_responses(int status);
  base::Counter& errors(base::ErrorCode code);
  base::Counter& chats(inference::Finish finish);
  base::Counter& cancelled(CallStage stage);

  base::Gauge& running;      // generations now
  base::Gauge& connections;  // open connections
  base::Counter& prompt_tokens;
  base::Counter& cached_tokens;
  base::Counter& completion_tokens;
  base::Counter& reasoning_tokens;
  base::Counter& receipts;
  base::Histogram& overhead;      // seconds of a call that the node itself took
  base::Histogram& receipt_wait;  // seconds until the receipt was durable
  base::Counter& embedding_inputs;

 private:
  std::array<base::Counter*, 6> responses_{};
  std::array<base::Counter*, 8> chats_{};
  std::array<base::Counter*, 3> cancelled_{};
  std::vector<base::Counter*> errors_;  // by the code's number
};

}  // namespace b3iq::agent
