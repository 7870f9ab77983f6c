// The sealed stream of one job, opened piece by piece in its order, over as many connections as it
// takes. One loop's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "client/control_plane/customer_api.h"
#include "protocol/private/answer_opener.h"

namespace b3iq::client {

// In a row, without a piece between them: then the stream is over, and the answer is waited for.
inline constexpr int kMaxStreamConnections = 6;

class AnswerStream {
 public:
  struct Needs {
    http::EventLoop& loop;
    CustomerApi& api;
    const base::Clock& clock;
  };
  // `deadline_ns`: steady; kept to within what is silent on the connection (15 s).
  AnswerStream(const Needs& needs, const protocol::AnswerOpener& opener, std::int64_t deadline_ns,
               base::CancelToken cancel);

  // The next piece that has data, until the next call; "" when there is nothing more: the answer
  // is there, or the stream cannot be had. Errors: corrupt, for good, when the next piece is not
  // the one that the node sealed behind the last one; deadline_exceeded; cancelled.
  base::Task<base::Result<std::string_view>> next();
  // The node has sealed what was given as the end of its stream.
  bool whole() const { return chunks_.ended(); }

 private:
  base::Task<base::Status> connect();
  base::Result<std::string_view> open(const protocol::SealedChunk& frame);

  const Needs needs_;
  const protocol::ClientJobId job_id_;
  const std::int64_t deadline_ns_;
  const base::CancelToken cancel_;
  protocol::ChunkOpener chunks_;
  std::unique_ptr<FrameReader> reader_;
  int connections_ = 0;
  bool over_ = false;
};

}  // namespace b3iq::client
