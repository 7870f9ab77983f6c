#include "control/private_jobs/frame_store.h"

namespace b3iq::control {

using base::Status;
using base::Task;
using storage::Row;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kSelectJob{
    "SELECT private_jobs.node_id, private_jobs.command_id, private_jobs.status, "
    "COALESCE(private_streams.next_frame, 0), COALESCE(private_streams.kept_size, 0) FROM "
    "private_jobs "
    "LEFT JOIN private_streams ON private_streams.job_id = private_jobs.job_id WHERE "
    "private_jobs.job_id = $1"};
constexpr Statement kCountKeptOfNode{
    "SELECT CAST(COALESCE(SUM(kept_size), 0) AS BIGINT) FROM private_streams WHERE node_id = $1"};
constexpr Statement kCountKept{
    "SELECT CAST(COALESCE(SUM(kept_size), 0) AS BIGINT) FROM private_streams"};
constexpr Statement kBegin{
    "INSERT INTO private_streams (job_id, node_id, next_frame, kept_size, changed_at_ms) VALUES "
    "($1, $2, $3, $4, $5) ON CONFLICT (job_id) DO NOTHING"};
constexpr Statement kGrow{
    "UPDATE private_streams SET next_frame = next_frame + $3, kept_size = kept_size + $4, "
    "changed_at_ms = $5 WHERE job_id = $1 AND next_frame = $2"};
constexpr Statement kInsert{
    "INSERT INTO private_frames (job_id, first_frame, bytes_before, frames) VALUES ($1, $2, $3, "
    "$4)"};
// A server sends all rows of its answer, whatever the reader takes of them: so it is told what is
// wanted.
constexpr Statement kSelectFrames{
    "SELECT first_frame, frames FROM private_frames WHERE job_id = $1 AND first_frame >= (SELECT "
    "COALESCE(MAX(first_frame), 0) FROM private_frames WHERE job_id = $1 AND first_frame <= $2) "
    "AND bytes_before < $3 + (SELECT bytes_before FROM private_frames WHERE job_id = $1 AND "
    "first_frame <= $2 ORDER BY first_frame DESC LIMIT 1) ORDER BY first_frame LIMIT $4"};
constexpr Statement kSelectGrown{
    "SELECT private_jobs.command_id, private_streams.next_frame FROM private_jobs JOIN "
    "private_streams ON private_streams.job_id = private_jobs.job_id WHERE "
    "private_jobs.command_id = $1 AND private_streams.next_frame > $2"};
// What was billed has its receipt's hash.
constexpr Statement kSelectOld{
    "SELECT private_streams.changed_at_ms, private_streams.job_id FROM private_streams JOIN "
    "private_jobs ON private_jobs.job_id = private_streams.job_id WHERE "
    "private_streams.changed_at_ms < $2 AND (private_streams.changed_at_ms > $3 OR "
    "(private_streams.changed_at_ms = $3 AND private_streams.job_id > $4)) AND "
    "private_jobs.completed_at_ms > 0 AND private_jobs.completed_at_ms < $2 AND "
    "(private_jobs.completed_at_ms < $1 OR private_jobs.receipt_hash = '') ORDER BY "
    "private_streams.changed_at_ms, private_streams.job_id LIMIT $5"};
constexpr Statement kDropFrames{
    "DELETE FROM private_frames WHERE job_id = $1 AND bytes_before >= (SELECT bytes_before FROM "
    "private_frames WHERE job_id = $1 ORDER BY first_frame DESC LIMIT 1) - $2 AND first_frame IN "
    "(SELECT first_frame FROM private_frames WHERE job_id = $1 ORDER BY first_frame DESC LIMIT "
    "$3)"};
constexpr Statement kDropStream{
    "DELETE FROM private_streams WHERE job_id = $1 AND NOT EXISTS (SELECT private_frames.job_id "
    "FROM private_frames WHERE private_frames.job_id = $1)"};

Task<Status> select_sum(Transaction& tx, const Statement& statement, std::span<const Value> values,
                        std::int64_t& out) {
  out = 0;
  auto take = [&out](const Row& row) {
    out = row.integer(0);
    return false;
  };
  co_return co_await tx.query(statement, values, std::move(take));
}

}  // namespace

Task<Status> select_streamed_job(Transaction& tx, std::string_view job_id,
                                 std::optional<StreamedJob>& out) {
  out.reset();
  auto take = [&out](const Row& row) {
    out = StreamedJob{std::string(row.text(0)), std::string(row.text(1)),
                      job_status_from_name(row.text(2)).value_or(JobStatus::failed), row.integer(3),
                      row.integer(4)};
    return false;
  };
  const Value values[] = {job_id};
  co_return co_await tx.query(kSelectJob, values, std::move(take));
}

Task<Status> count_kept_of_node(Transaction& tx, std::string_view node_id, std::int64_t& bytes) {
  const Value values[] = {node_id};
  co_return co_await select_sum(tx, kCountKeptOfNode, values, bytes);
}

Task<Status> count_kept(Transaction& tx, std::int64_t& bytes) {
  co_return co_await select_sum(tx, kCountKept, {}, bytes);
}

Task<Status> append_frames(Transaction& tx, const NewFrames& frames, bool& done) {
  const auto bytes = static_cast<std::int64_t>(frames.frames.size());
  const Value begun[] = {frames.job_id, frames.node_id, frames.count, bytes, frames.at_ms};
  const Value grown[] = {frames.job_id, frames.first, frames.count, bytes, frames.at_ms};
  std::int64_t changed = 0;
  if (frames.first == 0) {
    CO_TRY(changed, co_await tx.exec(kBegin, begun));
  } else {
    CO_TRY(changed, co_await tx.exec(kGrow, grown));
  }
  done = changed == 1;
  if (!done) co_return Status();
  const Value row[] = {frames.job_id, frames.first, frames.bytes_before, frames.frames};
  CO_TRY_OK(co_await tx.exec(kInsert, row));
  co_return Status();
}

Task<Status> select_frames(Transaction& tx, std::string_view job_id, std::int64_t from,
                           std::size_t max_bytes, std::vector<FrameRow>& out) {
  out.clear();
  auto take = [&out](const Row& row) {
    out.push_back({row.integer(0), std::string(row.text(1))});
    return true;
  };
  const Value values[] = {job_id, from, static_cast<std::int64_t>(max_bytes), kMaxFrameRowsAtOnce};
  co_return co_await tx.query(kSelectFrames, values, std::move(take));
}

Task<Status> select_grown_streams(Transaction& tx, const std::vector<StreamProgress>& known,
                                  std::vector<StreamProgress>& out) {
  out.clear();
  if (known.empty()) co_return Status();
  std::vector<Value> values;
  values.reserve(2 * known.size());
  for (const auto& stream : known) {
    values.emplace_back(std::string_view(stream.command_id));
    values.emplace_back(stream.next_frame);
  }
  auto take = [&out](const Row& row) { out.push_back({std::string(row.text(0)), row.integer(1)}); };
  co_return co_await tx.query_many(kSelectGrown, values, 2, std::move(take));
}

Task<Status> select_old_streams(Transaction& tx, const EndedBefore& before, const OldStream& after,
                                std::int64_t limit, std::vector<OldStream>& out) {
  out.clear();
  auto take = [&out](const Row& row) {
    out.push_back({row.integer(0), std::string(row.text(1))});
    return true;
  };
  const Value values[] = {before.any_ms, before.unbilled_ms, after.changed_at_ms,
                          std::string_view(after.job_id), limit};
  co_return co_await tx.query(kSelectOld, values, std::move(take));
}

Task<Status> drop_frames(Transaction& tx, std::string_view job_id, bool& gone) {
  const Value part[] = {job_id, kMaxFrameBytesDropped, kMaxFrameRowsDropped};
  CO_TRY(const auto rows, co_await tx.exec(kDropFrames, part));
  const Value of_job[] = {job_id};
  CO_TRY(const auto streams, co_await tx.exec(kDropStream, of_job));
  // None of either: somebody else has dropped it.
  gone = rows == 0 || streams > 0;
  co_return Status();
}

}  // namespace b3iq::control
