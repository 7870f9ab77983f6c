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
constexpr Statement kBegin{
    "INSERT INTO private_streams (job_id, next_frame, kept_size, changed_at_ms) VALUES ($1, $2, "
    "$3, "
    "$4) ON CONFLICT (job_id) DO NOTHING"};
constexpr Statement kGrow{
    "UPDATE private_streams SET next_frame = next_frame + $3, kept_size = kept_size + $4, "
    "changed_at_ms = "
    "$5 WHERE job_id = $1 AND next_frame = $2"};
constexpr Statement kInsert{
    "INSERT INTO private_frames (job_id, first_frame, frames) VALUES ($1, $2, $3)"};
constexpr Statement kSelectFrames{
    "SELECT first_frame, frames FROM private_frames WHERE job_id = $1 AND first_frame >= (SELECT "
    "COALESCE(MAX(first_frame), 0) FROM private_frames WHERE job_id = $1 AND first_frame <= $2) "
    "ORDER BY first_frame"};
constexpr Statement kSelectGrown{
    "SELECT private_jobs.command_id FROM private_jobs JOIN private_streams ON "
    "private_streams.job_id = private_jobs.job_id WHERE private_jobs.command_id = $1 AND "
    "private_streams.changed_at_ms >= $2"};
constexpr Statement kSelectOld{
    "SELECT private_streams.job_id FROM private_streams JOIN private_jobs ON private_jobs.job_id = "
    "private_streams.job_id WHERE private_streams.changed_at_ms < $1 AND "
    "private_jobs.completed_at_ms > 0 AND private_jobs.completed_at_ms < $1 ORDER BY "
    "private_streams.changed_at_ms, private_streams.job_id LIMIT $2"};
constexpr Statement kDeleteFrames{"DELETE FROM private_frames WHERE job_id = $1"};
constexpr Statement kDeleteStream{"DELETE FROM private_streams WHERE job_id = $1"};

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

Task<Status> append_frames(Transaction& tx, const NewFrames& frames, bool& done) {
  const auto bytes = static_cast<std::int64_t>(frames.frames.size());
  const Value begun[] = {frames.job_id, frames.count, bytes, frames.at_ms};
  const Value grown[] = {frames.job_id, frames.first, frames.count, bytes, frames.at_ms};
  std::int64_t changed = 0;
  if (frames.first == 0) {
    CO_TRY(changed, co_await tx.exec(kBegin, begun));
  } else {
    CO_TRY(changed, co_await tx.exec(kGrow, grown));
  }
  done = changed == 1;
  if (!done) co_return Status();
  const Value row[] = {frames.job_id, frames.first, frames.frames};
  CO_TRY_OK(co_await tx.exec(kInsert, row));
  co_return Status();
}

Task<Status> select_frames(Transaction& tx, std::string_view job_id, std::int64_t from,
                           std::size_t max_bytes, std::vector<FrameRow>& out) {
  out.clear();
  std::size_t bytes = 0;
  auto take = [&](const Row& row) {
    out.push_back({row.integer(0), std::string(row.text(1))});
    bytes += out.back().frames.size();
    return bytes < max_bytes;
  };
  const Value values[] = {job_id, from};
  co_return co_await tx.query(kSelectFrames, values, std::move(take));
}

Task<Status> select_grown_streams(Transaction& tx, const std::vector<std::string>& command_ids,
                                  std::int64_t since_ms, std::vector<std::string>& out) {
  out.clear();
  if (command_ids.empty()) co_return Status();
  std::vector<Value> values;
  values.reserve(2 * command_ids.size());
  for (const auto& id : command_ids) {
    values.emplace_back(std::string_view(id));
    values.emplace_back(since_ms);
  }
  auto take = [&out](const Row& row) { out.emplace_back(row.text(0)); };
  co_return co_await tx.query_many(kSelectGrown, values, 2, std::move(take));
}

Task<Status> delete_old_streams(Transaction& tx, std::int64_t before_ms, std::int64_t limit) {
  std::vector<std::string> old;
  auto take = [&old](const Row& row) {
    old.emplace_back(row.text(0));
    return true;
  };
  const Value values[] = {before_ms, limit};
  CO_TRY_OK(co_await tx.query(kSelectOld, values, std::move(take)));
  for (const auto& job_id : old) {
    const Value of_job[] = {std::string_view(job_id)};
    CO_TRY_OK(co_await tx.exec(kDeleteFrames, of_job));
    CO_TRY_OK(co_await tx.exec(kDeleteStream, of_job));
  }
  co_return Status();
}

}  // namespace b3iq::control
