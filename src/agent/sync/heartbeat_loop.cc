#include "agent/sync/heartbeat_loop.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "protocol/messages/managed_paths.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using protocol::HeartbeatAnswer;
using protocol::SignatureTag;

std::string_view link_state_name(LinkState state) {
  static constexpr std::array<std::string_view, 6> kNames = {
      "connecting", "connected", "unreachable", "suspended", "removed", "superseded"};
  return kNames.at(static_cast<std::size_t>(state));
}

LinkState state_after(ErrorCode code) {
  if (code == ErrorCode::node_suspended) return LinkState::suspended;
  if (code == ErrorCode::node_removed || code == ErrorCode::not_enrolled) return LinkState::removed;
  if (code == ErrorCode::identity_superseded) return LinkState::superseded;
  return LinkState::unreachable;
}

HeartbeatLoop::HeartbeatLoop(const Needs& needs, std::int64_t interval_ms)
    : needs_(needs),
      interval_ms_(interval_ms),
      timer_(needs.wake.timer()),
      backoff_(needs.random) {}

void HeartbeatLoop::start() {
  if (running_ || closing_.cancelled()) return;
  running_ = true;
  base::detach(run());
}

void HeartbeatLoop::close() {
  closing_.cancel();
  timer_->wake();
}

Task<void> HeartbeatLoop::run() {
  while (!closing_.cancelled()) {
    auto answer = co_await beat();
    if (closing_.cancelled()) break;
    Status sent;
    if (answer.ok()) sent = co_await send_wanted(*answer);
    if (closing_.cancelled()) break;
    std::int64_t wait_ms = 0;
    if (!answer.ok()) {
      wait_ms = failed(std::move(answer).error());
    } else if (!sent.ok()) {
      wait_ms = failed(std::move(sent).error());
    } else {
      wait_ms = accepted(*answer);
    }
    co_await timer_->wait_until(needs_.wake.now_ms() + wait_ms);
  }
  running_ = false;
}

Task<Result<HeartbeatAnswer>> HeartbeatLoop::beat() {
  protocol::Heartbeat heartbeat;
  heartbeat.boot_epoch = needs_.boot_epoch;
  heartbeat.status = needs_.view.status();
  heartbeat.inventory_hash = protocol::inventory_hash(needs_.view.inventory());
  heartbeat.readiness_hash = protocol::readiness_hash(needs_.view.readiness());
  heartbeat.queue_depth =
      std::clamp<std::int64_t>(needs_.view.queue_depth(), 0, protocol::kMaxQueueDepth);
  heartbeat.agent_version = needs_.view.version();
  ControlRequest request{.path = protocol::heartbeats_path(needs_.link.node_id()),
                         .body = protocol::encode_heartbeat(heartbeat),
                         .max_answer_bytes = protocol::kMaxHeartbeatAnswerBytes};
  auto sending = needs_.link.send(SignatureTag::heartbeat, std::move(request), closing_.token());
  CO_TRY(const auto body, co_await std::move(sending));
  auto answer = protocol::decode_heartbeat_answer(body);
  if (!answer.ok()) co_return strange_answer(needs_.link.address(), answer.error().detail);
  needs_.link.learn_time(answer->server_time_ms);
  co_return answer;
}

Task<Status> HeartbeatLoop::send_wanted(const HeartbeatAnswer& answer) {
  if (!answer.want_inventory && !answer.want_readiness) co_return Status();
  protocol::InventoryReport report;
  report.boot_epoch = needs_.boot_epoch;
  if (answer.want_inventory) report.inventory = needs_.view.inventory();
  if (answer.want_readiness) report.readiness = needs_.view.readiness();
  ControlRequest request{.method = http::Method::put,
                         .path = protocol::inventory_path(needs_.link.node_id()),
                         .body = protocol::encode_inventory_report(report),
                         .max_answer_bytes = protocol::kMaxInventoryAnswerBytes};
  auto sending = needs_.link.send(SignatureTag::inventory, std::move(request), closing_.token());
  CO_TRY(const auto body, co_await std::move(sending));
  const auto taken = protocol::decode_inventory_answer(body);
  if (!taken.ok()) co_return strange_answer(needs_.link.address(), taken.error().detail);
  co_return Status();
}

std::int64_t HeartbeatLoop::accepted(const HeartbeatAnswer& answer) {
  backoff_.succeeded();
  if (report_.state != LinkState::connected) {
    base::log(base::LogLevel::info, "managed.connected",
              {{"control_plane", needs_.link.control_plane_id().text()}});
  }
  set_report({LinkState::connected, needs_.clock.wall_ms(), std::nullopt, answer.notices});
  if (told_) told_(answer);
  interval_ms_ = answer.next_heartbeat_ms;
  return jittered(interval_ms_, needs_.random);
}

std::int64_t HeartbeatLoop::failed(Error error) {
  const auto state = state_after(error.code);
  const auto backoff_ms = backoff_.next_ms(error.retry_after_ms);
  // Said once for each kind of fault, not at every try.
  if (report_.state != state || !report_.error || report_.error->code != error.code) {
    base::log(base::LogLevel::warn, "managed.heartbeat_failed",
              {{"state", link_state_name(state)},
               {"code", base::error_info(error.code).wire_name},
               {"detail", std::string_view(error.detail)}});
  }
  auto report = report_;
  report.state = state;
  report.error = std::move(error);
  set_report(std::move(report));
  if (state == LinkState::removed || state == LinkState::superseded)
    return jittered(kSlowBeatMs, needs_.random);
  if (state == LinkState::suspended)
    return std::max(backoff_ms, jittered(kSuspendedBeatMs, needs_.random));
  return backoff_ms;
}

void HeartbeatLoop::set_report(LinkReport report) {
  report_ = std::move(report);
  if (changed_) changed_();
}

}  // namespace b3iq::agent
