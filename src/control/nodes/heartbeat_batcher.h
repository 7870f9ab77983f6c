// Many heartbeats, one durable write. What is verified while a commit runs (and in the turn of the
// loop that starts one) goes into the next one together, in few statements; none is answered before
// the commit that holds it. It outlives every record(). Loop thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "base/task.h"
#include "control/audit/audit_trail.h"
#include "control/nodes/node_types.h"
#include "protocol/messages/heartbeat.h"
#include "protocol/request_judgement.h"
#include "storage/database.h"

namespace b3iq::control {

inline constexpr std::size_t kMaxHeartbeatBatch = 512;
inline constexpr std::size_t kMaxWaitingHeartbeats = 20'000;
// For each so many heartbeats that wait when a batch is taken, the batch's nodes are asked to stay
// silent for one interval more, so that the backlog shrinks; at most kMostHeartbeatStretch in all.
inline constexpr std::size_t kHeartbeatsBehind = 2 * kMaxHeartbeatBatch;
inline constexpr std::int64_t kMostHeartbeatStretch = 4;
// The pace that is asked for while `waiting` heartbeats wait behind the batch. Pure.
std::int64_t stretched_interval_ms(std::int64_t interval_ms, std::size_t waiting);

// The newest start of an identity is told for this long that an older one was refused.
inline constexpr std::int64_t kSupersededNoticeMs = 600'000;

class HeartbeatBatcher {
 public:
  // `interval_ms`: the pace that answers ask for, while heartbeats can be written as they come.
  HeartbeatBatcher(storage::Database& database, const AuditLog& audit, const base::Clock& clock,
                   std::int64_t interval_ms = kHeartbeatIntervalMs)
      : database_(database), audit_(audit), clock_(clock), interval_ms_(interval_ms) {}
  HeartbeatBatcher(const HeartbeatBatcher&) = delete;
  HeartbeatBatcher& operator=(const HeartbeatBatcher&) = delete;

  // Returns when the heartbeat is durable, with what to answer. `facts` are filled for a refusal.
  // Errors: those of claim_sequence() (lease_store.h); overloaded; storage_failed.
  base::Task<base::Result<protocol::HeartbeatAnswer>> record(
      const protocol::VerifiedRequest& request, const protocol::Heartbeat& heartbeat,
      protocol::ManagedErrorFacts& facts);

  struct Stats {
    std::uint64_t batches = 0;
    std::uint64_t heartbeats = 0;
    std::size_t waiting = 0;
  };
  Stats stats() const { return {batches_, heartbeats_, waiting_.size()}; }

 private:
  struct Waiting;
  using Batch = std::vector<Waiting*>;
  base::Task<void> flush();
  Batch take_batch();
  struct Pace {
    std::int64_t now_ms;
    std::int64_t next_ms;  // that the batch's answers ask for
  };
  base::Task<base::Status> write(storage::Transaction& tx, const Batch& batch, Pace pace) const;
  base::Task<base::Status> explain(storage::Transaction& tx, Waiting& waiting,
                                   std::int64_t now_ms) const;

  storage::Database& database_;
  const AuditLog& audit_;
  const base::Clock& clock_;
  const std::int64_t interval_ms_;
  Batch waiting_;
  bool flushing_ = false;
  std::uint64_t batches_ = 0;
  std::uint64_t heartbeats_ = 0;
};

}  // namespace b3iq::control
