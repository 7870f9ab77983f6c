// Sealed pieces of answers on their way to the control plane (docs/adr/0033). What is added while
// a request is under way waits in clear and is sealed as one piece when the next one goes: the
// slower the way, the larger the pieces. A piece ends where an event does; the last one is the end
// of the stream and nothing else. Nothing here ever disturbs a job: a stream that nobody takes is
// given up, and the sealed answer follows as ever. Loop thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/private_jobs/stream_metrics.h"
#include "agent/sync/wake_timer.h"
#include "base/task.h"
#include "crypto/secret_text.h"
#include "protocol/messages/stream_frames.h"
#include "protocol/private/chunk_sealer.h"

namespace b3iq::agent {

// Of one stream, in clear, and sealed but not taken yet; above either it is given up.
inline constexpr std::size_t kMaxUnsealedBytes = 1024 * 1024;
inline constexpr std::size_t kMaxUntakenBytes = 2 * 1024 * 1024;

// A result waits so long for its stream to have been brought: whoever reads it then needs no more.
inline constexpr std::int64_t kStreamBroughtMs = 2'000;

class OutgoingStream;

class FrameOutbox {
 public:
  FrameOutbox(WakeClock& wake, StreamMetrics& metrics) : wake_(wake), metrics_(metrics) {}

  // Called when there is more to take. One listener; {} for none.
  void on_change(std::function<void()> changed) { changed_ = std::move(changed); }
  struct Due {
    std::vector<protocol::StreamFrames> streams;  // what fits into one request
    std::int64_t next_ms = 0;  // where there are none: when to look again, if nothing changes
  };
  // Of `most` streams.
  Due take(std::size_t most = protocol::kMaxStreamsInBatch);
  // The control plane's answer. Frames that it has not told of stay.
  void taken(std::span<const protocol::StreamTaken> answers);
  // Nobody takes this one.
  void give_up(const protocol::JobId& job_id, StreamEnd why);
  // Nobody takes any until resume(): those that have begun, and those that begin meanwhile.
  void pause(StreamEnd why);
  void resume() { paused_.reset(); }

 private:
  friend class OutgoingStream;
  void tell() const {
    if (changed_) changed_();
  }

  WakeClock& wake_;
  StreamMetrics& metrics_;
  std::function<void()> changed_;
  std::vector<OutgoingStream*> streams_;  // in turn
  std::optional<StreamEnd> paused_;
};

// One job's stream; lives as long as the job is at it.
class OutgoingStream {
 public:
  // With `join_ms` a piece leaves so long after the one before, at the earliest.
  OutgoingStream(FrameOutbox& outbox, protocol::JobId job_id, protocol::ChunkSealer sealer,
                 std::int64_t join_ms);
  OutgoingStream(const OutgoingStream&) = delete;
  OutgoingStream& operator=(const OutgoingStream&) = delete;
  ~OutgoingStream();

  // Whole events.
  void add(std::string_view events);
  // The last piece, alone in its frame: whoever reads can hold it back until the answer is there.
  // Events that do not fit into one piece are not cut: the stream then has no end.
  void end(std::string_view events);
  void give_up(StreamEnd why);
  // Until all of it was taken or it was given up; at `deadline_ms` of the wake clock it is.
  base::Task<void> brought(std::int64_t deadline_ms);

 private:
  friend class FrameOutbox;
  std::int64_t due_ms() const { return sealed_at_ms_ + join_ms_; }
  bool is_taken_on();
  void seal_waiting(std::int64_t now_ms);
  // False: the stream was given up.
  bool seal(std::string_view data, protocol::ChunkPlace place);
  void taken(const protocol::StreamTaken& answer);
  void over(StreamEnd how);

  FrameOutbox& outbox_;
  const protocol::JobId job_id_;
  protocol::ChunkSealer sealer_;
  const std::int64_t join_ms_;
  std::unique_ptr<WakeTimer> timer_;
  crypto::SecretText waiting_;  // whole events
  crypto::SecretText last_;
  std::deque<std::string> frames_;  // sealed, not taken yet
  std::uint32_t first_ = 0;         // of frames_
  std::size_t frame_bytes_ = 0;
  std::int64_t sealed_at_ms_ = 0;
  bool begun_ = false;
  bool ending_ = false;
  bool sealed_last_ = false;
  std::optional<StreamEnd> over_;
};

}  // namespace b3iq::agent
