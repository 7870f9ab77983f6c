// A private job's answer as the events that the same chat would have as a stream, sealed while they
// come. Loop thread only.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "agent/local_api/whole_chat.h"
#include "agent/private_jobs/frame_outbox.h"
#include "dialects/dialect.h"
#include "json/json.h"
#include "protocol/private/answer_sealer.h"

namespace b3iq::agent {

// With stream_options.include_obfuscation, OpenAI's word for it: sizes of tokens and most of their
// times do not show.
inline constexpr std::size_t kPaddedBlockBytes = 512;
inline constexpr std::int64_t kJoinedPieceMs = 250;
struct StreamWish {
  std::size_t block_bytes = 0;
  std::int64_t join_ms = 0;
};
// Nothing when the body asks for no stream.
std::optional<StreamWish> stream_wish_of(json::Value body);

class JobStream final : public StepListener {
 public:
  // `call` outlives it.
  JobStream(ChatCall& call, FrameOutbox& outbox, protocol::JobId job_id,
            protocol::ChunkSealer sealer, StreamWish wish);

  void on_step(const inference::StreamStep& step) override;
  void end(const inference::ChatAnswer& answer);
  // Its end says that it is not whole. Of one that had not begun nothing is ever sent.
  void fail(const base::Error& error);
  // What is still to be brought, when it has ended.
  std::unique_ptr<OutgoingStream> leave() { return std::move(stream_); }

 private:
  std::string& begin(std::size_t room);

  ChatCall& call_;
  std::unique_ptr<OutgoingStream> stream_;
  std::unique_ptr<dialects::AnswerWriter> writer_;  // from the first step on
  crypto::SecretText out_;
};

}  // namespace b3iq::agent
