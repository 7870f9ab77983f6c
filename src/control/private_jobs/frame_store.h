// The SQL of sealed streams (docs/adr/0033-streams-of-private-answers.md): what a node brought
// while it worked, as it came. Each function runs inside the caller's transaction and clears what
// it fills.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "control/private_jobs/job_state.h"
#include "storage/database.h"

namespace b3iq::control {

// A job as its stream sees it.
struct StreamedJob {
  std::string node_id;
  std::string command_id;
  JobStatus status = JobStatus::queued;
  std::int64_t next_frame = 0;
  std::int64_t bytes = 0;  // of the frames that are there
};
base::Task<base::Status> select_streamed_job(storage::Transaction& tx, std::string_view job_id,
                                             std::optional<StreamedJob>& out);

struct NewFrames {
  std::string_view job_id;
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::string_view frames;  // each with a line's end
  std::int64_t at_ms = 0;
};
// False in `done` when the stream's next frame is another one.
base::Task<base::Status> append_frames(storage::Transaction& tx, const NewFrames& frames,
                                       bool& done);

// What was brought at once.
struct FrameRow {
  std::int64_t first = 0;
  std::string frames;
};
// From the row that has `from` on, in order; at most `max_bytes`, but one row always.
base::Task<base::Status> select_frames(storage::Transaction& tx, std::string_view job_id,
                                       std::int64_t from, std::size_t max_bytes,
                                       std::vector<FrameRow>& out);
// Of these commands, those whose stream has grown at `since_ms` or later.
base::Task<base::Status> select_grown_streams(storage::Transaction& tx,
                                              const std::vector<std::string>& command_ids,
                                              std::int64_t since_ms, std::vector<std::string>& out);
// Streams that have not grown since `before_ms` and whose jobs have ended; at most `limit`.
base::Task<base::Status> delete_old_streams(storage::Transaction& tx, std::int64_t before_ms,
                                            std::int64_t limit);

}  // namespace b3iq::control
