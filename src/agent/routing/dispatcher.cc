#include "agent/routing/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

namespace {

// Errors that say something about the runtime, not about the request or its caller.
bool is_runtime_fault(ErrorCode code) {
  return code == ErrorCode::upstream_failed || code == ErrorCode::runtime_unreachable ||
         code == ErrorCode::deadline_exceeded;
}

}  // namespace

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    end();
    lane_ = std::exchange(other.lane_, nullptr);
    place_ = std::move(other.place_);
  }
  return *this;
}

void Lease::succeeded() {
  if (auto* lane = std::exchange(lane_, nullptr)) {
    lane->breaker.succeeded();
    lane->metrics.succeeded.add();
  }
  place_.release();
}

void Lease::failed(ErrorCode code) {
  if (auto* lane = std::exchange(lane_, nullptr)) {
    if (is_runtime_fault(code)) {
      lane->breaker.failed();
      lane->metrics.failed.add();
    } else {
      lane->breaker.undecided();
      lane->metrics.undecided.add();
    }
  }
  place_.release();
}

void Lease::end() {
  if (auto* lane = std::exchange(lane_, nullptr)) {
    lane->breaker.undecided();
    lane->metrics.undecided.add();
  }
  place_.release();
}

Dispatcher::Dispatcher(const std::vector<LaneSettings>& lanes, const base::Clock& clock,
                       http::EventLoop& loop, base::Metrics& metrics)
    : clock_(clock),
      loop_(loop),
      metrics_(metrics),
      failovers_(metrics.counter("b3iq_failovers_total",
                                 "Calls that moved on to another runtime before their first "
                                 "byte.")) {
  for (const auto& lane : lanes) add(lane);
}

void Dispatcher::add(const LaneSettings& lane) {
  auto made = std::make_unique<RuntimeLane>(*lane.runtime, lane.limits, clock_, loop_, metrics_);
  made->traced = lane.traced;
  lanes_.emplace(lane.runtime, std::move(made));
}

void Dispatcher::retire(const inference::Runtime& runtime) {
  const auto found = lanes_.find(&runtime);
  B3_CHECK(found != lanes_.end());
  auto& lane = *found->second;
  lane.retired = true;
  lane.queue.close(
      Error(ErrorCode::runtime_unreachable,
            fmt::format("The runtime '{}' was just removed. Ask again.", runtime.id())));
  metrics_.hide({"runtime", std::string(runtime.id())});
}

bool Dispatcher::forget(const inference::Runtime& runtime) {
  const auto found = lanes_.find(&runtime);
  if (found == lanes_.end()) return true;
  if (!found->second->queue.idle() || !found->second->queue.empty()) return false;
  lanes_.erase(found);
  return true;
}

RuntimeLane& Dispatcher::lane_of(const ModelTarget& target) {
  const auto found = lanes_.find(target.runtime);
  B3_CHECK(found != lanes_.end());
  return *found->second;
}

std::optional<Lease> Dispatcher::enter_now(const ModelTarget& target) {
  RuntimeLane& lane = lane_of(target);
  auto place = lane.queue.enter_now();
  if (!place || !lane.breaker.begin()) return std::nullopt;
  lane.metrics.queue_wait.observe(0);
  return Lease(lane, *std::move(place));
}

Task<Result<Lease>> Dispatcher::enter(const ModelTarget& target, std::string_view account,
                                      base::CancelToken cancel) {
  RuntimeLane& lane = lane_of(target);
  const auto since = clock_.steady_ns();
  auto place = co_await lane.queue.enter(account, cancel);
  lane.metrics.queue_wait.observe(static_cast<double>(clock_.steady_ns() - since) / 1e9);
  if (!place.ok()) co_return std::move(place).error();
  // Asked after the wait: what failed meanwhile is known by now.
  if (!lane.breaker.begin()) {
    Error error(ErrorCode::runtime_unreachable,
                fmt::format("The runtime of '{}' has failed several times and is tried again soon. "
                            "`b3iq-host status` and `b3iq-host doctor` say more.",
                            target.id));
    error.retry_after_ms = std::max<std::int64_t>(lane.breaker.wait_ms(), 1);
    co_return error;
  }
  co_return Lease(lane, std::move(place).value());
}

bool Dispatcher::worth_another(ErrorCode code) {
  return is_runtime_fault(code) || code == ErrorCode::overloaded ||
         code == ErrorCode::model_loading || code == ErrorCode::model_not_found ||
         code == ErrorCode::insufficient_memory;
}

void Dispatcher::sample_metrics() {
  for (const auto& [runtime, lane] : lanes_)
    if (!lane->retired) lane->metrics.sample(*lane);
}

void Dispatcher::close() {
  const Error stopping(ErrorCode::shutting_down,
                       "The node is stopping. Ask again when it is back.");
  for (const auto& [runtime, lane] : lanes_) lane->queue.close(stopping);
}

bool Dispatcher::idle() const {
  return std::ranges::all_of(lanes_, [](const auto& entry) { return entry.second->queue.idle(); });
}

const RuntimeLane* Dispatcher::lane(const inference::Runtime& runtime) const {
  const auto found = lanes_.find(&runtime);
  return found == lanes_.end() ? nullptr : found->second.get();
}

}  // namespace b3iq::agent
