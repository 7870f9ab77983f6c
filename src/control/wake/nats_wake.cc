#include "control/wake/nats_wake.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "control/wake/wake_message.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::int64_t kMillisecondNs = 1'000'000;

std::uint64_t draw(base::Random& random) {
  std::array<std::uint8_t, 4> bytes{};
  random.fill(bytes);
  std::uint64_t value = 0;
  for (const auto byte : bytes) value = value << 8 | byte;
  return value;
}

}  // namespace

NatsWake::NatsWake(NatsSettings settings, Parts parts)
    : settings_(std::move(settings)),
      parts_(parts),
      connected_gauge_(parts.metrics.gauge(
          "b3iq_wake_connected", "1 while this replica is connected to a NATS server, else 0.")),
      connects_(parts.metrics.counter("b3iq_wake_connects_total",
                                      "Connections to NATS servers that were made.")),
      published_(parts.metrics.counter("b3iq_wakes_published_total",
                                       "Nodes named to the other replicas.")),
      unconnected_(dropped_wakes(parts.metrics, "not_connected")),
      outgoing_full_(dropped_wakes(parts.metrics, "outgoing_full")),
      dropped_by_client_(dropped_wakes(parts.metrics, "client")),
      heard_(std::make_shared<HeardWakes>(parts.loop, parts.clock, parts.metrics, parts.local)),
      failure_("No server has answered yet."),
      left_behind_(std::make_shared<std::atomic<int>>(0)),
      next_(draw(parts.random) % settings_.servers.size()),
      thread_([this] { run(); }) {}

NatsWake::~NatsWake() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (attempt_) attempt_->abandon();
  }
  changed_.notify_all();
  thread_.join();
  heard_->close();
  connected_gauge_.set(0);
}

void NatsWake::announce(std::string_view node_id) {
  parts_.local.announce(node_id);
  if (!hears_others()) {
    unconnected_.add();
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (outgoing_.add(node_id) == WaitingNodes::Added::full) outgoing_full_.add();
  }
  changed_.notify_all();
}

std::string NatsWake::degraded() const {
  const std::lock_guard lock(mutex_);
  if (failure_.empty()) return {};
  return "NATS is configured and not connected; replicas find each other's commands by polling. " +
         failure_;
}

void NatsWake::on_message(std::string_view payload) noexcept { heard_->hear(payload); }

void NatsWake::on_lost() noexcept {
  {
    const std::lock_guard lock(mutex_);
    lost_ = true;
  }
  changed_.notify_all();
}

bool NatsWake::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void NatsWake::run() {
  std::int64_t pause_ms = kFirstNatsPauseMs;
  bool told_failure = false;
  while (!stopping()) {
    auto link = connect_to_one();
    if (link) {
      const auto began_ns = parts_.clock.steady_ns();
      serve(*link);
      const auto held_ms = (parts_.clock.steady_ns() - began_ns) / kMillisecondNs;
      if (held_ms >= kSettledMs) pause_ms = kFirstNatsPauseMs;
      told_failure = true;  // serve() has logged it
    } else if (!std::exchange(told_failure, true)) {
      const std::lock_guard lock(mutex_);
      base::log(base::LogLevel::warn, "wake.unreachable", {{"reason", failure_}});
    }
    wait_ms(pause_ms - static_cast<std::int64_t>(draw(parts_.random) %
                                                 static_cast<std::uint64_t>(pause_ms / 2)));
    pause_ms = std::min(2 * pause_ms, kLongestNatsPauseMs);
  }
}

std::unique_ptr<NatsLink> NatsWake::connect_to_one() {
  {
    const std::lock_guard lock(mutex_);
    lost_ = false;
  }
  for (std::size_t tried = 0; tried < settings_.servers.size() && !stopping(); ++tried) {
    const auto& server = settings_.servers[next_];
    next_ = (next_ + 1) % settings_.servers.size();
    auto link = attempt(server);
    if (link.ok()) {
      connects_.add();
      base::log(base::LogLevel::info, "wake.connected", {{"server", server.name()}});
      return std::move(link).value();
    }
    const std::lock_guard lock(mutex_);
    failure_ = link.error().detail;
  }
  return nullptr;
}

Result<std::unique_ptr<NatsLink>> NatsWake::attempt(const NatsServer& server) {
  if (left_behind_->load() >= kMaxNatsLeftBehind) {
    return Error(ErrorCode::runtime_unreachable,
                 "Too many attempts to connect hang. It is tried again when one of them ends.");
  }
  const auto attempt = std::make_shared<NatsAttempt>(left_behind_);
  {
    const std::lock_guard lock(mutex_);
    attempt_ = attempt;
    if (stopping_) attempt->abandon();
  }
  attempt->begin(settings_, server);
  auto result = attempt->wait(kNatsAttemptMs);
  const std::lock_guard lock(mutex_);
  attempt_ = nullptr;
  return result;
}

void NatsWake::serve(NatsLink& link) {
  link.start_reading(*this);
  std::unique_lock lock(mutex_);
  failure_.clear();
  outgoing_.take();
  connected_.store(true, std::memory_order_relaxed);
  connected_gauge_.set(1);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || lost_ || !outgoing_.empty(); });
    if (stopping_ || lost_) break;
    const auto nodes = outgoing_.take();
    lock.unlock();
    publish(link, nodes);
    lock.lock();
  }
  connected_.store(false, std::memory_order_relaxed);
  connected_gauge_.set(0);
  dropped_by_client_.add(static_cast<double>(link.dropped()));
  if (stopping_) return;
  const auto said = link.last_error();
  failure_ = fmt::format("The connection was lost{}{}.", said.empty() ? "" : ": ", said);
  base::log(base::LogLevel::warn, "wake.lost", {{"reason", failure_}});
}

void NatsWake::publish(NatsLink& link, std::span<const std::string> node_ids) {
  while (!node_ids.empty()) {
    const auto some = node_ids.first(std::min(node_ids.size(), kMaxNodesPerWake));
    node_ids = node_ids.subspan(some.size());
    auto& counter = link.publish(encode_wake(some)) ? published_ : unconnected_;
    counter.add(static_cast<double>(some.size()));
  }
}

void NatsWake::wait_ms(std::int64_t ms) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(ms), [this] { return stopping_; });
}

}  // namespace b3iq::control
