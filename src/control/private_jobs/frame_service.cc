#include "control/private_jobs/frame_service.h"

#include <algorithm>

namespace b3iq::control {

using base::Result;
using base::Status;
using base::Task;
using protocol::StreamFrames;
using protocol::StreamStanding;
using protocol::StreamTaken;
using storage::Transaction;

namespace {

bool takes_frames(const StreamedJob& job, std::string_view node_id) {
  const bool is_held = job.status == JobStatus::claimed || job.status == JobStatus::running;
  return is_held && job.node_id == node_id;
}

// Those that are not there yet, a line each.
std::string lines_from(const StreamFrames& stream, std::size_t known) {
  std::string lines;
  for (std::size_t i = known; i < stream.frames.size(); ++i)
    lines.append(stream.frames[i]).append("\n");
  return lines;
}

}  // namespace

Task<Result<std::vector<StreamTaken>>> FrameService::take(const SignedAct& act,
                                                          std::vector<StreamFrames> streams) {
  std::vector<StreamTaken> taken;
  std::vector<std::string> grown;
  auto body = [&](Transaction& tx) -> Task<Status> {
    taken.clear();
    grown.clear();
    CO_TRY_OK(co_await claim_sequence(tx, act));
    for (const auto& stream : streams) CO_TRY_OK(co_await take_one(tx, act, stream, taken, grown));
    co_return Status();
  };
  // Each change names the number that it expects.
  CO_TRY_OK(co_await parts_.database.write(std::move(body), storage::Isolation::by_statement));
  for (const auto& command_id : grown) parts_.waiters.announce_frames(command_id);
  co_return taken;
}

Task<Status> FrameService::take_one(Transaction& tx, const SignedAct& act,
                                    const StreamFrames& stream, std::vector<StreamTaken>& taken,
                                    std::vector<std::string>& grown) const {
  auto& answer = taken.emplace_back(StreamTaken{stream.job_id, StreamStanding::closed, 0});
  std::optional<StreamedJob> job;
  CO_TRY_OK(co_await select_streamed_job(tx, stream.job_id.text(), job));
  if (!job || !takes_frames(*job, act.request.node_id.text())) co_return Status();
  answer.standing = StreamStanding::open;
  answer.next = static_cast<std::uint32_t>(job->next_frame);
  const std::int64_t end = std::int64_t{stream.first} + std::ssize(stream.frames);
  if (std::int64_t{stream.first} > job->next_frame || end <= job->next_frame) co_return Status();
  const auto known = static_cast<std::size_t>(job->next_frame - std::int64_t{stream.first});
  const auto lines = lines_from(stream, known);
  if (job->bytes + std::ssize(lines) > kMaxStreamBytes) {
    answer.standing = StreamStanding::closed;
    co_return Status();
  }
  const NewFrames frames{stream.job_id.text(), job->next_frame, end - job->next_frame, lines,
                         parts_.clock.wall_ms()};
  bool done = false;
  CO_TRY_OK(co_await append_frames(tx, frames, done));
  if (!done) co_return Status();
  answer.next = static_cast<std::uint32_t>(end);
  grown.push_back(job->command_id);
  co_return Status();
}

Task<Result<FrameService::Frames>> FrameService::read(std::string job_id, std::int64_t from,
                                                      std::size_t max_bytes) {
  Frames out;
  std::optional<StreamedJob> job;
  auto body = [&](Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await select_streamed_job(tx, job_id, job));
    if (!job) co_return Status();
    out.status = job->status;
    out.rows.clear();
    if (job->next_frame <= from) co_return Status();
    co_return co_await select_frames(tx, job_id, from, max_bytes, out.rows);
  };
  CO_TRY_OK(co_await parts_.database.read(std::move(body)));
  if (!job) co_return no_such_job();
  co_return std::move(out);
}

}  // namespace b3iq::control
