// Sealed streams between nodes and customers: frames are kept as they come and read from any
// number on. Nothing here can open them; whether they are whole and in order, their customer finds
// out (docs/protocol/private-transport.md#streams). Loop thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "control/nodes/lease_store.h"
#include "control/private_jobs/frame_store.h"
#include "control/private_jobs/job_waiters.h"
#include "control/private_jobs/private_job_types.h"
#include "protocol/messages/stream_frames.h"
#include "storage/database.h"

namespace b3iq::control {

// What nodes brought to this process.
struct FrameCounts {
  std::uint64_t taken = 0;      // frames
  std::uint64_t not_taken = 0;  // there already, behind a gap, or of a stream that is closed
  // Streams that were answered closed, each time, by why.
  std::uint64_t closed_by_job = 0;  // it has ended, waits again, or is another node's
  std::uint64_t closed_by_stream_limit = 0;
  std::uint64_t closed_by_node_limit = 0;
};

class FrameService {
 public:
  struct Parts {
    storage::Database& database;
    const base::Clock& clock;
    JobWaiters& waiters;
  };
  explicit FrameService(Parts parts) : parts_(parts) {}

  // What a node brings of its jobs, in one transaction with its sequence. Frames of a job that is
  // not claimed or running, that is another node's, or above kMaxStreamBytes or
  // kMaxStreamBytesOfNode are not taken, and neither are those behind a gap; a repeat changes
  // nothing. Errors: those of claim_sequence().
  base::Task<base::Result<std::vector<protocol::StreamTaken>>> take(
      const SignedAct& act, std::vector<protocol::StreamFrames> streams);

  struct Frames {
    std::vector<FrameRow> rows;
    JobStatus status = JobStatus::queued;  // of the same moment
  };
  // From frame `from` on, at most about `max_bytes`. Error: not_found.
  base::Task<base::Result<Frames>> read(std::string job_id, std::int64_t from,
                                        std::size_t max_bytes);

  JobWaiters& waiters() const { return parts_.waiters; }
  const base::Clock& clock() const { return parts_.clock; }
  const FrameCounts& counts() const { return counts_; }

 private:
  struct Taking;
  base::Task<base::Status> take_one(storage::Transaction& tx, std::string_view node_id,
                                    const protocol::StreamFrames& stream, Taking& taking) const;

  const Parts parts_;
  FrameCounts counts_;
};

}  // namespace b3iq::control
