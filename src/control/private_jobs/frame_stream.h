// A job's sealed stream as server-sent events: each frame as the data of an event whose id is its
// number, comments while there is nothing to say, at the end an event `end` with the job's status.
// A connection lasts kMaxStreamReadMs, whatever comes: its client goes on with another one, which
// shows anew that it may. Loop thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/cancel.h"
#include "control/private_jobs/frame_service.h"
#include "http/message.h"

namespace b3iq::control {

inline constexpr std::int64_t kStreamKeepAliveMs = 15'000;
inline constexpr std::size_t kMaxStreamPieceBytes = 256 * 1024;
inline constexpr std::int64_t kMaxStreamReadMs = 300'000;
inline constexpr std::int64_t kStreamRetryMs = 1'000;  // what clients are told to wait between two

class FrameStream final : public http::BodySource {
 public:
  // `job` is the customer's own. `frames` outlives it. It takes a place of JobWaiters at once.
  FrameStream(FrameService& frames, const PrivateJob& job, std::int64_t from,
              base::CancelToken cancel);

  base::Task<base::Result<std::string_view>> next() override;
  bool last() const override { return ended_; }

 private:
  void write_frames(const std::vector<FrameRow>& rows);
  void write_end(JobStatus status);

  FrameService& frames_;
  const std::string job_id_;
  const std::string client_job_id_;
  std::int64_t next_;
  const base::CancelToken cancel_;
  JobPlace place_;
  const std::int64_t until_ns_;
  std::string out_;
  bool opened_ = false;
  bool ended_ = false;
};

}  // namespace b3iq::control
