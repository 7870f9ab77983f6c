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

// What a node keeps here is added up when a stream begins and with each such part of it, not with
// each frame.
constexpr std::int64_t kNodeLimitStepBytes = std::int64_t{1024} * 1024;

bool passes_step(std::int64_t bytes_before, std::int64_t bytes) {
  return bytes_before == 0 ||
         (bytes_before + bytes) / kNodeLimitStepBytes > bytes_before / kNodeLimitStepBytes;
}

}  // namespace

// What one request comes to; each run of its body anew.
struct FrameService::Taking {
  std::vector<StreamTaken> answers;
  std::vector<StreamProgress> grown;
  FrameCounts counts;

  // Adds to the last answer.
  void close(std::uint64_t FrameCounts::* why) {
    answers.back().standing = StreamStanding::closed;
    ++(counts.*why);
  }
};

Task<Result<std::vector<StreamTaken>>> FrameService::take(const SignedAct& act,
                                                          std::vector<StreamFrames> streams) {
  Taking taking;
  auto body = [&](Transaction& tx) -> Task<Status> {
    taking = {};
    CO_TRY_OK(co_await claim_sequence(tx, act));
    const std::string_view node_id = act.request.node_id.text();
    for (const auto& stream : streams) CO_TRY_OK(co_await take_one(tx, node_id, stream, taking));
    co_return Status();
  };
  // Each change names the number that it expects.
  CO_TRY_OK(co_await parts_.database.write(std::move(body), storage::Isolation::by_statement));
  counts_.taken += taking.counts.taken;
  counts_.not_taken += taking.counts.not_taken;
  counts_.closed_by_job += taking.counts.closed_by_job;
  counts_.closed_by_stream_limit += taking.counts.closed_by_stream_limit;
  counts_.closed_by_node_limit += taking.counts.closed_by_node_limit;
  for (const auto& progress : taking.grown) parts_.waiters.announce_frames(progress);
  co_return std::move(taking.answers);
}

Task<Status> FrameService::take_one(Transaction& tx, std::string_view node_id,
                                    const StreamFrames& stream, Taking& taking) const {
  auto& answer = taking.answers.emplace_back(StreamTaken{stream.job_id, StreamStanding::open, 0});
  taking.counts.not_taken += stream.frames.size();
  std::optional<StreamedJob> job;
  CO_TRY_OK(co_await select_streamed_job(tx, stream.job_id.text(), job));
  if (!job || !takes_frames(*job, node_id)) {
    taking.close(&FrameCounts::closed_by_job);
    co_return Status();
  }
  answer.next = static_cast<std::uint32_t>(job->next_frame);
  const std::int64_t end = std::int64_t{stream.first} + std::ssize(stream.frames);
  if (std::int64_t{stream.first} > job->next_frame || end <= job->next_frame) co_return Status();
  const auto known = static_cast<std::size_t>(job->next_frame - std::int64_t{stream.first});
  const auto lines = lines_from(stream, known);
  if (job->bytes + std::ssize(lines) > kMaxStreamBytes) {
    taking.close(&FrameCounts::closed_by_stream_limit);
    co_return Status();
  }
  std::int64_t kept = 0;
  if (passes_step(job->bytes, std::ssize(lines)))
    CO_TRY_OK(co_await count_kept_of_node(tx, node_id, kept));
  if (kept + std::ssize(lines) > kMaxStreamBytesOfNode) {
    taking.close(&FrameCounts::closed_by_node_limit);
    co_return Status();
  }
  const NewFrames frames{.job_id = stream.job_id.text(),
                         .node_id = node_id,
                         .first = job->next_frame,
                         .count = end - job->next_frame,
                         .bytes_before = job->bytes,
                         .frames = lines,
                         .at_ms = parts_.clock.wall_ms()};
  bool done = false;
  CO_TRY_OK(co_await append_frames(tx, frames, done));
  if (!done) co_return Status();
  answer.next = static_cast<std::uint32_t>(end);
  taking.counts.taken += static_cast<std::uint64_t>(frames.count);
  taking.counts.not_taken -= static_cast<std::uint64_t>(frames.count);
  taking.grown.push_back({job->command_id, end});
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
