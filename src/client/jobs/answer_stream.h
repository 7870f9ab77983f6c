// The sealed stream of one job, opened piece by piece in its order, over as many connections as it
// takes. One loop's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "client/control_plane/customer_api.h"
#include "client/jobs/timed_wait.h"
#include "protocol/private/answer_opener.h"

namespace b3iq::client {

// Connections in a row that brought no piece: then each further one is made only while the job has
// no answer yet.
inline constexpr int kConnectionsBeforeLook = 3;
// What a control plane may say at most with Retry-After.
inline constexpr std::int64_t kMaxRetryAfterMs = 30'000;

// Before a connection that follows one without a piece; doubled each time.
struct StreamPauses {
  std::int64_t first_ms = 250;
  std::int64_t most_ms = 5'000;
};

class AnswerStream {
 public:
  struct Needs {
    http::EventLoop& loop;
    CustomerApi& api;
    const base::Clock& clock;
    StreamPauses pauses = {};
  };
  // `deadline_ns`: steady; kept to within what is silent on the connection (15 s).
  AnswerStream(const Needs& needs, const protocol::AnswerOpener& opener, std::int64_t deadline_ns,
               base::CancelToken cancel);

  // The next piece that has data, until the next call; "" when there is nothing more: the answer
  // is there, or the stream cannot be had. A cut connection is gone on with at the next piece as
  // long as the deadline allows. Errors: corrupt, for good, when the next piece is not
  // the one that the node sealed behind the last one; deadline_exceeded; cancelled.
  base::Task<base::Result<std::string_view>> next();
  // The node has sealed what was given as the end of its stream.
  bool whole() const { return chunks_.ended(); }

 private:
  base::Task<void> connect();
  base::Task<void> pause();
  base::Task<bool> has_answer();
  base::Result<std::string_view> open(const protocol::SealedChunk& frame);

  const Needs needs_;
  const protocol::ClientJobId job_id_;
  const std::int64_t deadline_ns_;
  const base::CancelToken cancel_;
  protocol::ChunkOpener chunks_;
  std::unique_ptr<FrameReader> reader_;
  TimedWait wait_;
  int connections_ = 0;  // without a piece between them
  std::int64_t pause_ms_;
  std::int64_t retry_after_ms_ = 0;
  bool over_ = false;
};

}  // namespace b3iq::client
