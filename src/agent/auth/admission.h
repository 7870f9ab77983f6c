// Admission of one call: rate limits and budgets are taken before dispatch and settled by what was
// really used. Loop thread only, so that two calls can never both take the last room.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "agent/auth/key_state.h"
#include "base/clock.h"
#include "http/message.h"

namespace b3iq::agent {

// What a call may cost at most, as far as it can be known before it runs.
struct CallEstimate {
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;  // the caller's max_tokens, or what the node assumes
  std::int64_t prompt_bytes = 0;       // no prompt has more tokens than bytes
  std::int64_t total() const { return prompt_tokens + completion_tokens; }
  std::int64_t worst_case() const {
    return std::max(prompt_bytes, prompt_tokens) + completion_tokens;
  }
};

// Holds the reservation of a running call. Settled once with the real use, or given back when
// destroyed unsettled.
class Admission {
 public:
  Admission() = default;
  Admission(std::shared_ptr<KeyState> state, CallEstimate estimate);
  Admission(Admission&& other) noexcept;
  Admission& operator=(Admission&& other) noexcept;
  ~Admission();

  // The call used `tokens` on UTC day `today`.
  void settle(std::int64_t tokens, std::int64_t today);
  const KeyState* state() const { return state_.get(); }

 private:
  void release(std::int64_t used_tokens);
  std::shared_ptr<KeyState> state_;
  CallEstimate estimate_;
};

// Errors: rate_limited with the wait, budget_exceeded. Nothing is taken on refusal.
base::Result<Admission> admit(const std::shared_ptr<KeyState>& state, CallEstimate estimate,
                              const base::Clock& clock);

// Tokens that the budget still leaves this key now; nullopt when it has no token budget.
std::optional<std::int64_t> budget_left(const KeyState& state, std::int64_t today);

// x-ratelimit-* headers as OpenAI's clients read them; empty for a key without limits.
void append_rate_limit_headers(KeyState& state, std::int64_t now_ns,
                               std::vector<http::Header>& headers);

}  // namespace b3iq::agent
