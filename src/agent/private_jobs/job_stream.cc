#include "agent/private_jobs/job_stream.h"

#include "dialects/openai_chat.h"

namespace b3iq::agent {

namespace {

// Room that events need at most, so that none is moved while it is written: of what stands around
// a text, and of each byte of it ("\u001f"; of a token's, as a number too).
constexpr std::size_t kAroundEvents = 4096;
constexpr std::size_t kAroundText = 256;
constexpr std::size_t kOfByte = 6;
constexpr std::size_t kOfTokenByte = 16;

std::size_t room_of(const inference::TokenLogprob& token) {
  std::size_t room = kAroundText + kOfTokenByte * token.token.size();
  for (const auto& [text, logprob] : token.top) room += kAroundText + kOfTokenByte * text.size();
  return room;
}

std::size_t room_of(const inference::StreamStep& step) {
  std::size_t room = kOfByte * (step.text.size() + step.reasoning.size());
  for (const auto& call : step.tool_calls)
    room += kAroundText + kOfByte * (call.id.size() + call.name.size() + call.arguments.size());
  for (const auto& token : step.logprobs) room += room_of(token);
  return room;
}

}  // namespace

std::optional<StreamWish> stream_wish_of(json::Value body) {
  if (body.find("stream").boolean() != true) return std::nullopt;
  const auto hides = body.find("stream_options").find("include_obfuscation").boolean();
  return hides == true ? StreamWish{kPaddedBlockBytes, kJoinedPieceMs} : StreamWish{};
}

JobStream::JobStream(ChatCall& call, FrameOutbox& outbox, protocol::JobId job_id,
                     protocol::ChunkSealer sealer, StreamWish wish)
    : call_(call),
      stream_(std::make_unique<OutgoingStream>(outbox, std::move(job_id), std::move(sealer),
                                               wish.join_ms)) {}

// Our own words also where a runtime speaks the dialect, as in the answer.
std::string& JobStream::begin(std::size_t room) {
  out_.clear();
  auto& out = out_.with_room(kAroundEvents + room);
  if (writer_) return out;
  writer_ = make_writer(dialects::openai_chat(), call_);
  writer_->append_opening(out);
  return out;
}

void JobStream::on_step(const inference::StreamStep& step) {
  auto& out = begin(room_of(step));
  writer_->append_step(out, step);
  stream_->add(out_.view());
}

void JobStream::end(const inference::ChatAnswer& answer) {
  begin(0);
  stream_->add(out_.view());
  out_.clear();
  writer_->append_end(out_.with_room(kAroundEvents), answer.finish, answer.usage, "");
  stream_->end(out_.view());
}

void JobStream::fail(const base::Error& error) {
  if (!writer_) return stream_->give_up(StreamEnd::stopped);
  out_.clear();
  const auto room = kAroundEvents + kOfByte * (error.detail.size() + error.param.size());
  writer_->append_error(out_.with_room(room), error, call_.id());
  stream_->end(out_.view());
}

}  // namespace b3iq::agent
