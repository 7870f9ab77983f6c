#include "agent/private_jobs/frame_outbox.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "crypto/secret.h"
#include "protocol/private/sealed_chunk.h"

namespace b3iq::agent {

using protocol::ChunkPlace;
using protocol::StreamFrames;
using protocol::StreamStanding;
using protocol::StreamTaken;

namespace {

constexpr std::size_t kBodyRoom = 1024;  // of a request, beside its streams

void wipe(std::string& text) {
  crypto::wipe(text.data(), text.size());
  text.clear();
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
  // Moved nowhere while it grows, so that no copy in clear is left behind.
  waiting_.reserve(protocol::kMaxChunkDataBytes);
  outbox_.streams_.push_back(this);
}

OutgoingStream::~OutgoingStream() {
  std::erase(outbox_.streams_, this);
  give_up();
}

void OutgoingStream::add(std::string_view events) {
  if (given_up_ || events.empty()) return;
  waiting_ += events;
  if (waiting_.size() > kMaxUnsealedBytes) return give_up();
  outbox_.tell();
}

void OutgoingStream::end(std::string_view events) {
  if (given_up_) return;
  last_ = events;
  ending_ = true;
  outbox_.tell();
}

base::Task<void> OutgoingStream::brought(std::int64_t deadline_ms) {
  while (!all_brought() && outbox_.wake_.now_ms() < deadline_ms)
    co_await timer_->wait_until(deadline_ms);
}

bool OutgoingStream::seal(std::string_view data, ChunkPlace place) {
  const auto chunk = sealer_.seal(base::as_bytes(data), place);
  if (!chunk.ok()) return false;
  frames_.push_back(protocol::encode_sealed_chunk(*chunk));
  frame_bytes_ += frames_.back().size();
  return frame_bytes_ <= kMaxUntakenBytes;
}

void OutgoingStream::seal_waiting(std::int64_t now_ms) {
  if (given_up_ || sealed_last_ || (waiting_.empty() && !ending_)) return;
  if (!ending_ && now_ms < due_ms()) return;
  sealed_at_ms_ = now_ms;
  for (std::string_view rest = waiting_; !rest.empty();) {
    const auto piece = rest.substr(0, protocol::kMaxChunkDataBytes);
    if (!seal(piece, ChunkPlace::more)) return give_up();
    rest.remove_prefix(piece.size());
  }
  wipe(waiting_);
  if (!ending_) return;
  if (!seal(last_, ChunkPlace::last)) return give_up();
  wipe(last_);
  sealed_last_ = true;
}

void OutgoingStream::taken(const StreamTaken& answer) {
  const bool is_strange = answer.next < first_ || answer.next > first_ + frames_.size();
  if (answer.standing == StreamStanding::closed || is_strange) return give_up();
  for (; first_ < answer.next; ++first_) {
    frame_bytes_ -= frames_.front().size();
    frames_.pop_front();
  }
  if (all_brought()) timer_->wake();
}

void OutgoingStream::give_up() {
  wipe(waiting_);
  wipe(last_);
  frames_.clear();
  if (std::exchange(given_up_, true)) return;
  timer_->wake();
}

FrameOutbox::Due FrameOutbox::take() {
  Due due{{}, std::numeric_limits<std::int64_t>::max() / 2};
  const auto now = wake_.now_ms();
  std::size_t room = protocol::kMaxFramesBytes - kBodyRoom;
  for (auto* const stream : streams_) {
    stream->seal_waiting(now);
    if (!stream->given_up_ && stream->frames_.empty() && !stream->waiting_.empty())
      due.next_ms = std::min(due.next_ms, stream->due_ms());
    if (stream->frames_.empty() || due.streams.size() == protocol::kMaxStreamsInBatch) continue;
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
  }
  // Whoever did not fit comes first before long.
  if (streams_.size() > 1) std::rotate(streams_.begin(), streams_.begin() + 1, streams_.end());
  return due;
}

void FrameOutbox::taken(std::span<const StreamTaken> answers) {
  for (const auto& answer : answers)
    for (auto* const stream : streams_)
      if (stream->job_id_ == answer.job_id) stream->taken(answer);
}

void FrameOutbox::give_up() {
  for (auto* const stream : streams_) stream->give_up();
}

}  // namespace b3iq::agent
