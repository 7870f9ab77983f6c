// Heartbeats: many, one durable write (node_batcher.h). Loop thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/base64.h"
#include "base/clock.h"
#include "base/task.h"
#include "control/audit/audit_trail.h"
#include "control/nodes/node_batcher.h"
#include "control/nodes/node_types.h"
#include "protocol/messages/heartbeat.h"
#include "protocol/request_judgement.h"
#include "storage/database.h"

namespace b3iq::control {

// For each so many heartbeats that wait when a batch is taken, the batch's nodes are asked to stay
// silent for one interval more, so that the backlog shrinks; at most kMostHeartbeatStretch in all.
inline constexpr std::size_t kHeartbeatsBehind = 2 * kMaxNodeBatch;
inline constexpr std::int64_t kMostHeartbeatStretch = 4;
// The pace that is asked for while `waiting` heartbeats wait behind the batch. Pure.
std::int64_t stretched_interval_ms(std::int64_t interval_ms, std::size_t waiting);

// The newest start of an identity is told for this long that an older one was refused.
inline constexpr std::int64_t kSupersededNoticeMs = 600'000;

// A heartbeat on its way.
struct HeartbeatEntry : BatchEntry {
  HeartbeatEntry(const protocol::VerifiedRequest& request, const protocol::Heartbeat& beat,
                 protocol::ManagedErrorFacts& refusal_facts);

  const protocol::Heartbeat& heartbeat;
  protocol::ManagedErrorFacts& facts;
  std::string_view inventory_hash() const { return {inventory_.data(), inventory_.size()}; }
  std::string_view readiness_hash() const { return {readiness_.data(), readiness_.size()}; }

  bool taken = false;
  protocol::HeartbeatAnswer answer;
  std::optional<base::Error> refusal;

 private:
  using HashText = decltype(base::base64url_of(crypto::Sha256Digest{}));
  const HashText inventory_;
  const HashText readiness_;
};

class HeartbeatBatcher final : public NodeBatcher<HeartbeatEntry> {
 public:
  // `interval_ms`: the pace that answers ask for, while heartbeats can be written as they come.
  HeartbeatBatcher(storage::Database& database, const AuditLog& audit, const base::Clock& clock,
                   CommitPace& pace, std::int64_t interval_ms)
      : NodeBatcher(database, pace), audit_(audit), clock_(clock), interval_ms_(interval_ms) {}

  // Returns when the heartbeat is durable, with what to answer. `facts` are filled for a refusal.
  // Errors: those of claim_sequence() (lease_store.h); overloaded; storage_failed.
  base::Task<base::Result<protocol::HeartbeatAnswer>> record(
      const protocol::VerifiedRequest& request, const protocol::Heartbeat& heartbeat,
      protocol::ManagedErrorFacts& facts);

 private:
  base::Task<base::Status> write(storage::Transaction& tx, const Batch& batch,
                                 std::size_t behind) const override;
  base::Task<base::Status> explain(storage::Transaction& tx, HeartbeatEntry& entry,
                                   std::int64_t now_ms) const;

  const AuditLog& audit_;
  const base::Clock& clock_;
  const std::int64_t interval_ms_;
};

}  // namespace b3iq::control
