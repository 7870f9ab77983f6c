#include "control/nodes/heartbeat_batcher.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "control/nodes/lease_store.h"

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

HeartbeatEntry::HeartbeatEntry(const protocol::VerifiedRequest& request,
                               const protocol::Heartbeat& beat,
                               protocol::ManagedErrorFacts& refusal_facts)
    : BatchEntry(request),
      heartbeat(beat),
      facts(refusal_facts),
      inventory_(base::base64url_of(beat.inventory_hash)),
      readiness_(base::base64url_of(beat.readiness_hash)) {}

Task<Result<protocol::HeartbeatAnswer>> HeartbeatBatcher::record(
    const protocol::VerifiedRequest& request, const protocol::Heartbeat& heartbeat,
    protocol::ManagedErrorFacts& facts) {
  HeartbeatEntry entry(request, heartbeat, facts);
  CO_TRY_OK(co_await join(entry));
  if (entry.refusal) co_return *std::move(entry.refusal);
  co_return std::move(entry.answer);
}

Task<Status> HeartbeatBatcher::write(storage::Transaction& tx, const Batch& batch,
                                     std::size_t behind) const {
  const auto now_ms = clock_.wall_ms();
  const auto next_ms = stretched_interval_ms(interval_ms_, behind);
  std::vector<HeartbeatRow> rows;
  rows.reserve(batch.size());
  for (HeartbeatEntry* entry : batch) {
    entry->taken = false;
    entry->refusal.reset();
    const auto& heartbeat = entry->heartbeat;
    rows.push_back({entry->node_id(), entry->request.sequence, heartbeat.boot_epoch,
                    protocol::wire_name(heartbeat.status), heartbeat.queue_depth,
                    heartbeat.agent_version, entry->inventory_hash(), entry->readiness_hash()});
  }
  base::UniqueFunction<void(const HeartbeatTaken&)> taken = [&](const HeartbeatTaken& row) {
    HeartbeatEntry* const entry = find(batch, row.node_id);
    if (entry == nullptr) return;
    entry->taken = true;
    entry->answer = {};
    entry->answer.server_time_ms = now_ms;
    entry->answer.command_cursor = row.command_cursor;
    entry->answer.want_inventory = row.known_inventory_hash != entry->inventory_hash();
    entry->answer.want_readiness = row.known_readiness_hash != entry->readiness_hash();
    entry->answer.next_heartbeat_ms = next_ms;
    if (row.superseded_ms != 0 && now_ms - row.superseded_ms < kSupersededNoticeMs)
      entry->answer.notices.push_back(protocol::NodeNotice::other_start_superseded);
  };
  const HeartbeatTime at{now_ms, heartbeat_lease_ms(next_ms)};
  CO_TRY_OK(co_await write_heartbeats(tx, at, rows, taken));
  for (HeartbeatEntry* entry : batch) {
    if (!entry->taken) CO_TRY_OK(co_await explain(tx, *entry, now_ms));
  }
  co_return Status();
}

// Why one of the batch was left alone. An older start of an identity leaves its mark.
Task<Status> HeartbeatBatcher::explain(storage::Transaction& tx, HeartbeatEntry& entry,
                                       std::int64_t now_ms) const {
  const auto boot_epoch = entry.heartbeat.boot_epoch;
  LeaseRow lease;
  bool found = false;
  CO_TRY_OK(
      co_await select_lease(tx, entry.node_id(), protocol::SignatureTag::heartbeat, lease, found));
  auto refusal = refusal_of(lease, found, entry.request, boot_epoch);
  const bool superseded = refusal.error.code == ErrorCode::identity_superseded;
  entry.facts = refusal.facts;
  entry.refusal = std::move(refusal.error);
  if (!superseded) co_return Status();
  bool first = false;
  CO_TRY_OK(co_await note_superseded(tx, entry.node_id(), boot_epoch, now_ms, first));
  if (!first) co_return Status();
  const AuditAct act{std::string(kProgramActor), "node.identity_superseded",
                     std::string(entry.node_id())};
  co_return co_await audit_.append(tx, act);
}

}  // namespace b3iq::control
