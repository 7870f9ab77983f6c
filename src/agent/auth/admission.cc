#include "agent/auth/admission.h"

#include <fmt/format.h>

#include <utility>

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;

namespace {

base::Status check_budget(const KeyState& state, CallEstimate estimate, std::int64_t today) {
  const auto& limits = state.key.spec.limits;
  if (limits.budget_tokens == 0 && limits.budget_requests == 0) return {};
  const auto used = state.meter->used(limits.budget_period, today);
  const auto reserved = state.meter->reserved();
  const auto period = period_name(limits.budget_period);
  if (limits.budget_requests > 0 &&
      used.requests + reserved.requests + 1 > limits.budget_requests) {
    return Error(ErrorCode::budget_exceeded,
                 fmt::format("The budget of {} requests ({}) is used up: {} used, {} running. Ask "
                             "the node's owner to "
                             "raise it.",
                             limits.budget_requests, period, used.requests, reserved.requests));
  }
  // The prompt is only estimated. Calls run side by side while their worst cases fit; the last room
  // is taken by one call at a time, so that the errors of many estimates never add up.
  const bool fits_surely =
      used.tokens + reserved.tokens + estimate.worst_case() <= limits.budget_tokens;
  const bool fits_alone =
      reserved.requests == 0 && used.tokens + estimate.total() <= limits.budget_tokens;
  if (limits.budget_tokens > 0 && !fits_surely && !fits_alone) {
    return Error(
        ErrorCode::budget_exceeded,
        fmt::format("The budget of {} tokens ({}) has no room for this call: {} used, {} held by "
                    "running calls, "
                    "up to {} needed. Send a shorter prompt or a smaller max_tokens, or ask the "
                    "node's owner to "
                    "raise it.",
                    limits.budget_tokens, period, used.tokens, reserved.tokens, estimate.total()));
  }
  return {};
}

// "350ms", "6.5s", "1m30s", as OpenAI writes them.
std::string duration_text(std::int64_t ms) {
  if (ms < 1000) return std::to_string(ms) + "ms";
  if (ms >= 60'000)
    return std::to_string(ms / 60'000) + "m" + std::to_string(ms % 60'000 / 1000) + "s";
  auto text = std::to_string(ms / 1000);
  if (const auto tenths = ms % 1000 / 100; tenths > 0) text += "." + std::to_string(tenths);
  return text + "s";
}

}  // namespace

Admission::Admission(std::shared_ptr<KeyState> state, CallEstimate estimate)
    : state_(std::move(state)), estimate_(estimate) {
  state_->requests.take(1);
  state_->tokens.take(estimate_.total());
  state_->meter->reserve({1, estimate_.worst_case()});
}

Admission::Admission(Admission&& other) noexcept
    : state_(std::exchange(other.state_, nullptr)), estimate_(other.estimate_) {}

Admission& Admission::operator=(Admission&& other) noexcept {
  if (this != &other) {
    if (state_) release(0);
    state_ = std::exchange(other.state_, nullptr);
    estimate_ = other.estimate_;
  }
  return *this;
}

Admission::~Admission() {
  if (state_) release(0);
}

void Admission::release(std::int64_t used_tokens) {
  state_->tokens.take(used_tokens - estimate_.total());
  state_->meter->release({1, estimate_.worst_case()});
}

void Admission::settle(std::int64_t tokens, std::int64_t today) {
  if (!state_) return;
  release(tokens);
  state_->meter->add(today, {1, tokens}, today);
  state_.reset();
}

base::Result<Admission> admit(const std::shared_ptr<KeyState>& state, CallEstimate estimate,
                              const base::Clock& clock) {
  const auto now_ns = clock.steady_ns();
  TRY_OK(check_budget(*state, estimate, utc_day(clock.wall_ms())));
  state->requests.refill(now_ns);
  state->tokens.refill(now_ns);
  if (!state->requests.fits(1)) {
    const auto wait = state->requests.wait_ms(1);
    return Error(ErrorCode::rate_limited,
                 fmt::format("This key may make {} requests a minute. Try again in {}.",
                             state->requests.capacity(), duration_text(wait)),
                 {}, wait);
  }
  if (!state->tokens.fits(estimate.total())) {
    const auto wait = state->tokens.wait_ms(estimate.total());
    return Error(
        ErrorCode::rate_limited,
        fmt::format(
            "This key may use {} tokens a minute and this call may need {}. Try again in {}.",
            state->tokens.capacity(), estimate.total(), duration_text(wait)),
        {}, wait);
  }
  return Admission(state, estimate);
}

std::optional<std::int64_t> budget_left(const KeyState& state, std::int64_t today) {
  const auto& limits = state.key.spec.limits;
  if (limits.budget_tokens == 0) return std::nullopt;
  const auto used =
      state.meter->used(limits.budget_period, today).tokens + state.meter->reserved().tokens;
  return std::max<std::int64_t>(0, limits.budget_tokens - used);
}

void append_rate_limit_headers(KeyState& state, std::int64_t now_ns,
                               std::vector<http::Header>& headers) {
  struct Names {
    const char *limit, *remaining, *reset;
  };
  static constexpr Names kRequests{"x-ratelimit-limit-requests", "x-ratelimit-remaining-requests",
                                   "x-ratelimit-reset-requests"};
  static constexpr Names kTokens{"x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens",
                                 "x-ratelimit-reset-tokens"};
  const auto append = [&](TokenBucket& bucket, const Names& names) {
    if (!bucket.limited()) return;
    bucket.refill(now_ns);
    headers.push_back({names.limit, std::to_string(bucket.capacity())});
    headers.push_back({names.remaining, std::to_string(bucket.remaining())});
    headers.push_back({names.reset, duration_text(bucket.full_ms())});
  };
  headers.reserve(headers.size() + 6);
  append(state.requests, kRequests);
  append(state.tokens, kTokens);
}

}  // namespace b3iq::agent
