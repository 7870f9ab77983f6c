// Every metric of the agent, made once. Labels come from closed sets.
#pragma once

#include <array>

#include "base/error.h"
#include "base/metrics.h"
#include "inference/chat.h"

namespace b3iq::agent {

class AgentMetrics {
 public:
  explicit AgentMetrics(base::Metrics& metrics);

  // By status class "1xx" … "5xx".
  base::Counter& http_responses(int status);
  base::Counter& errors(base::ErrorCode code);
  base::Counter& chats(inference::Finish finish);

  base::Gauge& running;      // generations now
  base::Gauge& connections;  // open connections
  base::Counter& prompt_tokens;
  base::Counter& cached_tokens;
  base::Counter& completion_tokens;
  base::Counter& receipts;
  base::Histogram& duration;      // seconds, whole call
  base::Histogram& first_token;   // seconds
  base::Histogram& overhead;      // seconds of the call that the node itself took
  base::Histogram& receipt_wait;  // seconds until the receipt was durable
  base::Counter& embedding_inputs;
  base::Histogram& embedding_duration;  // seconds, whole call

 private:
  base::Metrics& metrics_;
  std::array<base::Counter*, 6> responses_{};
  std::array<base::Counter*, 8> chats_{};
};

}  // namespace b3iq::agent
