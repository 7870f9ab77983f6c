#include "control/nodes/heartbeat_batcher.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "control/nodes/lease_store.h"
#include "control/nodes/node_types.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

std::int64_t stretched_interval_ms(std::int64_t interval_ms, std::size_t waiting) {
  const auto behind = static_cast<std::int64_t>(waiting / kHeartbeatsBehind);
  return interval_ms * std::min(1 + behind, kMostHeartbeatStretch);
}

// One heartbeat on its way. It lives in the frame of record().
struct HeartbeatBatcher::Waiting {
  const protocol::VerifiedRequest& request;
  const protocol::Heartbeat& heartbeat;
  protocol::ManagedErrorFacts& facts;
  std::string inventory_hash;
  std::string readiness_hash;
  // Made by the transaction, anew each time it runs.
  bool taken = false;
  protocol::HeartbeatAnswer answer;
  std::optional<Error> refusal;
  base::Arrival<Status> arrival;

  std::string_view node_id() const { return request.node_id.text(); }
};

Task<Result<protocol::HeartbeatAnswer>> HeartbeatBatcher::record(
    const protocol::VerifiedRequest& request, const protocol::Heartbeat& heartbeat,
    protocol::ManagedErrorFacts& facts) {
  if (waiting_.size() >= kMaxWaitingHeartbeats) {
    co_return Error(ErrorCode::overloaded,
                    "Too many heartbeats wait for the database; send it again in a moment.");
  }
  Waiting waiting{request, heartbeat, facts, base::to_base64url(heartbeat.inventory_hash),
                  base::to_base64url(heartbeat.readiness_hash)};
  auto start = [this, &waiting] {
    waiting_.push_back(&waiting);
    if (flushing_) return;
    flushing_ = true;
    // Behind what this turn of the loop still verifies.
    base::Executor::current()->post([this] { base::detach(flush()); });
  };
  auto written = co_await waiting.arrival.wait(start);
  if (!written.ok()) co_return std::move(written).error();
  if (waiting.refusal) co_return *std::move(waiting.refusal);
  co_return std::move(waiting.answer);
}

// Of the nodes that wait, each once: a second heartbeat of a node comes after the first.
HeartbeatBatcher::Batch HeartbeatBatcher::take_batch() {
  std::ranges::sort(waiting_, {},
                    [](const Waiting* w) { return std::pair(w->node_id(), w->request.sequence); });
  Batch batch;
  Batch later;
  for (Waiting* waiting : waiting_) {
    const bool fits = batch.size() < kMaxHeartbeatBatch &&
                      (batch.empty() || batch.back()->node_id() != waiting->node_id());
    (fits ? batch : later).push_back(waiting);
  }
  waiting_ = std::move(later);
  return batch;
}

Task<void> HeartbeatBatcher::flush() {
  while (!waiting_.empty()) {
    const Batch batch = take_batch();
    const Pace pace{clock_.wall_ms(), stretched_interval_ms(interval_ms_, waiting_.size())};
    auto body = [this, &batch, pace](storage::Transaction& tx) { return write(tx, batch, pace); };
    // Each row decides by its own condition, so replicas need not agree on an order.
    auto written = co_await database_.write(std::move(body), storage::Isolation::by_statement);
    ++batches_;
    heartbeats_ += batch.size();
    std::vector<std::coroutine_handle<>> handles;
    handles.reserve(batch.size());
    base::Executor* const executor = batch.front()->arrival.executor();
    for (Waiting* waiting : batch) {
      waiting->arrival.set_without_wake(written);
      handles.push_back(waiting->arrival.handle());
    }
    executor->post(handles);
  }
  flushing_ = false;
}

Task<Status> HeartbeatBatcher::write(storage::Transaction& tx, const Batch& batch,
                                     Pace pace) const {
  const auto now_ms = pace.now_ms;
  std::vector<HeartbeatRow> rows;
  rows.reserve(batch.size());
  for (Waiting* waiting : batch) {
    waiting->taken = false;
    waiting->refusal.reset();
    const auto& heartbeat = waiting->heartbeat;
    rows.push_back({waiting->node_id(), waiting->request.sequence, heartbeat.boot_epoch,
                    protocol::wire_name(heartbeat.status), heartbeat.queue_depth,
                    heartbeat.agent_version, waiting->inventory_hash, waiting->readiness_hash});
  }
  base::UniqueFunction<void(const HeartbeatTaken&)> taken = [&](const HeartbeatTaken& row) {
    const auto at = std::ranges::lower_bound(batch, row.node_id, {},
                                             [](const Waiting* w) { return w->node_id(); });
    if (at == batch.end() || (*at)->node_id() != row.node_id) return;
    Waiting& waiting = **at;
    waiting.taken = true;
    waiting.answer = {};
    waiting.answer.server_time_ms = now_ms;
    waiting.answer.command_cursor = row.command_cursor;
    waiting.answer.want_inventory = row.known_inventory_hash != waiting.inventory_hash;
    waiting.answer.want_readiness = row.known_readiness_hash != waiting.readiness_hash;
    waiting.answer.next_heartbeat_ms = pace.next_ms;
    if (row.superseded_ms != 0 && now_ms - row.superseded_ms < kSupersededNoticeMs)
      waiting.answer.notices.push_back(protocol::NodeNotice::other_start_superseded);
  };
  const HeartbeatTime at{now_ms, heartbeat_lease_ms(pace.next_ms)};
  CO_TRY_OK(co_await write_heartbeats(tx, at, rows, taken));
  for (Waiting* waiting : batch) {
    if (!waiting->taken) CO_TRY_OK(co_await explain(tx, *waiting, now_ms));
  }
  co_return Status();
}

// Why one of the batch was left alone. An older start of an identity leaves its mark.
Task<Status> HeartbeatBatcher::explain(storage::Transaction& tx, Waiting& waiting,
                                       std::int64_t now_ms) const {
  LeaseRow lease;
  bool found = false;
  CO_TRY_OK(co_await select_lease(tx, waiting.node_id(), protocol::SignatureTag::heartbeat, lease,
                                  found));
  auto refusal = refusal_of(lease, found, waiting.request, waiting.heartbeat.boot_epoch);
  const bool superseded = refusal.error.code == ErrorCode::identity_superseded;
  waiting.facts = refusal.facts;
  waiting.refusal = std::move(refusal.error);
  if (!superseded) co_return Status();
  bool first = false;
  CO_TRY_OK(
      co_await note_superseded(tx, waiting.node_id(), waiting.heartbeat.boot_epoch, now_ms, first));
  if (!first) co_return Status();
  const AuditAct act{std::string(kProgramActor), "node.identity_superseded",
                     std::string(waiting.node_id())};
  co_return co_await audit_.append(tx, act);
}

}  // namespace b3iq::control
