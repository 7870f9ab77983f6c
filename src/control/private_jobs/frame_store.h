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
#include "control/private_jobs/private_job_types.h"
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

// Of all streams of the node that are kept.
base::Task<base::Status> count_kept_of_node(storage::Transaction& tx, std::string_view node_id,
                                            std::int64_t& bytes);
// Of the whole control plane.
base::Task<base::Status> count_kept(storage::Transaction& tx, std::int64_t& bytes);

struct NewFrames {
  std::string_view job_id;
  std::string_view node_id;
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::int64_t bytes_before = 0;  // of the stream until then
  std::string_view frames;        // each with a line's end
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
// No more rows than these come from the database at once, whatever the stream has.
inline constexpr std::int64_t kMaxFrameRowsAtOnce = 256;
// From the row that has `from` on, in order: those that begin within the next `max_bytes` of the
// stream. A row has at most what one request brings (protocol::kMaxFramesBytes).
base::Task<base::Status> select_frames(storage::Transaction& tx, std::string_view job_id,
                                       std::int64_t from, std::size_t max_bytes,
                                       std::vector<FrameRow>& out);
// Of these, those that have come further, with how far.
base::Task<base::Status> select_grown_streams(storage::Transaction& tx,
                                              const std::vector<StreamProgress>& known,
                                              std::vector<StreamProgress>& out);

// Streams whose jobs have ended and that have not grown since then, by age.
struct EndedBefore {
  std::int64_t any_ms = 0;
  std::int64_t unbilled_ms = 0;  // where nothing was billed; the later one
};
struct OldStream {
  std::int64_t changed_at_ms = 0;
  std::string job_id;
};
// Those behind `after`; at most `limit`.
base::Task<base::Status> select_old_streams(storage::Transaction& tx, const EndedBefore& before,
                                            const OldStream& after, std::int64_t limit,
                                            std::vector<OldStream>& out);
// Of what one transaction deletes; a row more where the bytes end inside it.
inline constexpr std::int64_t kMaxFrameRowsDropped = 1'000;
inline constexpr std::int64_t kMaxFrameBytesDropped = std::int64_t{4} * 1024 * 1024;
// A part of the stream, from its end, so that whoever reads it still never finds a gap; with the
// last part the stream itself. True in `gone` when nothing of it is left.
base::Task<base::Status> drop_frames(storage::Transaction& tx, std::string_view job_id, bool& gone);

}  // namespace b3iq::control
