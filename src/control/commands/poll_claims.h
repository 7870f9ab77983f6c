// The first step of each poll: its sequence, and whether there is anything to look for. A poll of a
// node that nobody gave a command ends here; many of them are one transaction (node_batcher.h).
// Loop thread.
#pragma once

#include <cstdint>
#include <optional>

#include "base/task.h"
#include "control/nodes/lease_store.h"
#include "control/nodes/node_batcher.h"
#include "storage/database.h"

namespace b3iq::control {

struct PollClaim {
  std::int64_t command_cursor = 0;  // of the node
  bool has_open = false;            // the node has a command that has not ended
};

// A poll on its way.
struct PollEntry : BatchEntry {
  explicit PollEntry(const SignedAct& poll) : BatchEntry(poll.request), act(poll) {}

  const SignedAct& act;
  bool taken = false;
  PollClaim claim;
  std::optional<base::Error> refusal;
};

class PollClaims final : public NodeBatcher<PollEntry> {
 public:
  PollClaims(storage::Database& database, CommitPace& pace) : NodeBatcher(database, pace) {}

  // Returns when the sequence is durable. `act`, of a request that names its start, outlives the
  // task. Errors: those of claim_sequence() (lease_store.h); overloaded; storage_failed.
  base::Task<base::Result<PollClaim>> claim(const SignedAct& act);

 private:
  base::Task<base::Status> write(storage::Transaction& tx, const Batch& batch,
                                 std::size_t behind) const override;
};

}  // namespace b3iq::control
