// One connection to a job's sealed stream, as a control plane relays it. Nothing in it is believed:
// what opens it decides (protocol/private/chunk_opener.h).
#pragma once

#include <memory>
#include <optional>

#include "base/result.h"
#include "base/task.h"
#include "http/client.h"
#include "http/sse.h"
#include "protocol/private/sealed_chunk.h"

namespace b3iq::client {

class FrameReader {
 public:
  explicit FrameReader(std::unique_ptr<http::ClientResponse> response)
      : response_(std::move(response)) {}

  enum class Came : std::uint8_t {
    frame,
    nothing,  // a sign of life
    end,      // the job has ended or has an answer, and all its frames were given
    cut       // the connection ended in the middle
  };
  struct Next {
    Came what = Came::nothing;
    protocol::SealedChunk frame;
  };
  // Errors: corrupt, for what is no frame; those of the connection.
  base::Task<base::Result<Next>> next();

 private:
  std::unique_ptr<http::ClientResponse> response_;
  http::SseReader events_;
};

}  // namespace b3iq::client
