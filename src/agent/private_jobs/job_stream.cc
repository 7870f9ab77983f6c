#include "agent/private_jobs/job_stream.h"

#include "crypto/secret.h"
#include "dialects/openai_chat.h"

namespace b3iq::agent {

namespace {

constexpr std::size_t kEventsBytes = 4096;  // room for those of a step

}  // namespace

std::optional<StreamWish> stream_wish_of(json::Value body) {
  if (body.find("stream").boolean() != true) return std::nullopt;
  const auto hides = body.find("stream_options").find("include_obfuscation").boolean();
  return hides == true ? StreamWish{kPaddedBlockBytes, kJoinedPieceMs} : StreamWish{};
}

JobStream::JobStream(ChatCall& call, FrameOutbox& outbox, protocol::JobId job_id,
                     protocol::ChunkSealer sealer, StreamWish wish)
    : call_(call), stream_(outbox, std::move(job_id), std::move(sealer), wish.join_ms) {
  out_.reserve(kEventsBytes);
}

JobStream::~JobStream() { crypto::wipe(out_.data(), out_.size()); }

// Our own words also where a runtime speaks the dialect, as in the answer.
void JobStream::begin() {
  out_.clear();
  if (writer_) return;
  writer_ = make_writer(dialects::openai_chat(), call_);
  writer_->append_opening(out_);
}

void JobStream::on_step(const inference::StreamStep& step) {
  begin();
  writer_->append_step(out_, step);
  stream_.add(out_);
}

void JobStream::end(const inference::ChatAnswer& answer) {
  begin();
  stream_.add(out_);
  out_.clear();
  writer_->append_end(out_, answer.finish, answer.usage, "");
  stream_.end(out_);
}

void JobStream::fail(const base::Error& error) {
  if (!writer_) return;
  out_.clear();
  writer_->append_error(out_, error, call_.id());
  stream_.end(out_);
}

}  // namespace b3iq::agent
