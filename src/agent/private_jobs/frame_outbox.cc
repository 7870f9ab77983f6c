#include "agent/private_jobs/frame_outbox.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/log.h"
#include "protocol/private/sealed_chunk.h"

namespace b3iq::agent {

using protocol::ChunkPlace;
using protocol::StreamFrames;
using protocol::StreamStanding;
using protocol::StreamTaken;

namespace {

constexpr std::size_t kBodyRoom = 1024;  // of a request, beside its streams
constexpr std::string_view kEventBorder = "\n\n";

// What of `events` is the next piece: whole events, or a part of one that is larger than a piece.
std::string_view next_piece(std::string_view events) {
  if (events.size() <= protocol::kMaxChunkDataBytes) return events;
  const auto most = events.substr(0, protocol::kMaxChunkDataBytes);
  const auto border = most.rfind(kEventBorder);
  return border == std::string_view::npos ? most : most.substr(0, border + kEventBorder.size());
}

}  // namespace

OutgoingStream::OutgoingStream(FrameOutbox& outbox, protocol::JobId job_id,
                               protocol::ChunkSealer sealer, std::int64_t join_ms)
    : outbox_(outbox),
      job_id_(std::move(job_id)),
      sealer_(std::move(sealer)),
      join_ms_(join_ms),
      timer_(outbox.wake_.timer()),
      sealed_at_ms_(outbox.wake_.now_ms() - join_ms) {
  outbox_.streams_.push_back(this);
}

OutgoingStream::~OutgoingStream() {
  std::erase(outbox_.streams_, this);
  give_up(StreamEnd::stopped);
}

// Whether there is anybody to add for.
bool OutgoingStream::is_taken_on() {
  if (over_) return false;
  begun_ = true;
  if (outbox_.paused_) give_up(*outbox_.paused_);
  return !over_;
}

void OutgoingStream::add(std::string_view events) {
  if (events.empty() || !is_taken_on()) return;
  waiting_.append(events);
  if (waiting_.size() > kMaxUnsealedBytes) return give_up(StreamEnd::too_slow);
  outbox_.tell();
}

void OutgoingStream::end(std::string_view events) {
  if (!is_taken_on()) return;
  last_.append(events);
  ending_ = true;
  outbox_.tell();
}

base::Task<void> OutgoingStream::brought(std::int64_t deadline_ms) {
  while (!over_ && outbox_.wake_.now_ms() < deadline_ms) co_await timer_->wait_until(deadline_ms);
  give_up(StreamEnd::late);
}

bool OutgoingStream::seal(std::string_view data, ChunkPlace place) {
  const auto chunk = sealer_.seal(base::as_bytes(data), place);
  if (!chunk.ok()) {
    give_up(StreamEnd::too_large);
    return false;
  }
  frames_.push_back(protocol::encode_sealed_chunk(*chunk));
  frame_bytes_ += frames_.back().size();
  if (frame_bytes_ > kMaxUntakenBytes) give_up(StreamEnd::too_slow);
  return !over_;
}

void OutgoingStream::seal_waiting(std::int64_t now_ms) {
  if (over_ || sealed_last_ || (waiting_.empty() && !ending_)) return;
  if (!ending_ && now_ms < due_ms()) return;
  sealed_at_ms_ = now_ms;
  for (auto rest = waiting_.view(); !rest.empty();) {
    const auto piece = next_piece(rest);
    if (!seal(piece, ChunkPlace::more)) return;
    rest.remove_prefix(piece.size());
  }
  waiting_.clear();
  if (!ending_ || !seal(last_.view(), ChunkPlace::last)) return;
  last_.clear();
  sealed_last_ = true;
}

void OutgoingStream::taken(const StreamTaken& answer) {
  if (over_) return;
  const bool is_strange = answer.next < first_ || answer.next > first_ + frames_.size();
  if (answer.standing == StreamStanding::closed || is_strange) return give_up(StreamEnd::closed);
  outbox_.metrics_.frames.add(answer.next - first_);
  for (; first_ < answer.next; ++first_) {
    frame_bytes_ -= frames_.front().size();
    frames_.pop_front();
  }
  if (sealed_last_ && frames_.empty()) over(StreamEnd::brought);
}

void OutgoingStream::give_up(StreamEnd why) {
  if (over_) return;
  waiting_.clear();
  last_.clear();
  frames_.clear();
  if (begun_)
    base::log(base::LogLevel::info, "private_job.stream_given_up",
              {{"job", job_id_.text()}, {"reason", stream_end_name(why)}});
  over(why);
}

// One that never began is nobody's loss.
void OutgoingStream::over(StreamEnd how) {
  over_ = how;
  if (begun_) outbox_.metrics_.streams(how).add();
  timer_->wake();
}

FrameOutbox::Due FrameOutbox::take(std::size_t most) {
  Due due{{}, std::numeric_limits<std::int64_t>::max() / 2};
  const auto now = wake_.now_ms();
  std::size_t room = protocol::kMaxFramesBytes - kBodyRoom;
  std::vector<OutgoingStream*> served;
  for (auto* const stream : streams_) {
    stream->seal_waiting(now);
    if (!stream->over_ && stream->frames_.empty() && !stream->waiting_.empty())
      due.next_ms = std::min(due.next_ms, stream->due_ms());
    if (stream->frames_.empty() || due.streams.size() == most) continue;
    StreamFrames out{stream->job_id_, stream->first_, {}};
    const auto members = protocol::encoded_bytes(out);
    if (room < members + stream->frames_.front().size() + 1) break;
    room -= members;
    for (const auto& frame : stream->frames_) {
      if (room < frame.size() + 1 || out.frames.size() == protocol::kMaxFramesOfStreamInBatch)
        break;
      room -= frame.size() + 1;
      out.frames.push_back(frame);
    }
    due.streams.push_back(std::move(out));
    served.push_back(stream);
  }
  // Whoever did not fit comes first the next time.
  for (auto* const stream : served) std::erase(streams_, stream);
  streams_.insert(streams_.end(), served.begin(), served.end());
  return due;
}

void FrameOutbox::taken(std::span<const StreamTaken> answers) {
  for (const auto& answer : answers)
    for (auto* const stream : streams_)
      if (stream->job_id_ == answer.job_id) stream->taken(answer);
}

void FrameOutbox::give_up(const protocol::JobId& job_id, StreamEnd why) {
  for (auto* const stream : streams_)
    if (stream->job_id_ == job_id) stream->give_up(why);
}

void FrameOutbox::pause(StreamEnd why) {
  paused_ = why;
  for (auto* const stream : streams_)
    if (stream->begun_) stream->give_up(why);
}

}  // namespace b3iq::agent
