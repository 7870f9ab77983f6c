#include "client/jobs/answer_stream.h"

#include <fmt/format.h>

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using Came = FrameReader::Came;

namespace {

constexpr std::int64_t kPauseMs = 250;  // doubled with each connection that brings nothing

Error manipulated(const protocol::ClientJobId& job_id) {
  return Error(
      ErrorCode::corrupt,
      fmt::format("MANIPULATED STREAM: somebody between the node and you has changed, left "
                  "out, doubled or reordered pieces of the answer of {}. What came before "
                  "is the node's; nothing more of it is shown.",
                  job_id.text()));
}

}  // namespace

AnswerStream::AnswerStream(const Needs& needs, const protocol::AnswerOpener& opener,
                           std::int64_t deadline_ns, base::CancelToken cancel)
    : needs_(needs),
      job_id_(opener.job_id()),
      deadline_ns_(deadline_ns),
      cancel_(cancel),
      chunks_(opener.open_stream()) {}

// Without an error where it can be tried again.
Task<Status> AnswerStream::connect() {
  if (connections_ > 0) {
    auto pause = needs_.loop.sleep(kPauseMs << (connections_ - 1));
    co_await std::move(pause);
  }
  ++connections_;
  auto reader = co_await needs_.api.stream(job_id_, chunks_.next_number(), cancel_);
  if (reader.ok()) reader_ = std::move(reader).value();
  // Another control plane, an older one: there is the answer.
  if (!reader.ok() && !base::error_info(reader.error().code).retryable) over_ = true;
  if (connections_ >= kMaxStreamConnections && !reader_) over_ = true;
  co_return Status();
}

Result<std::string_view> AnswerStream::open(const protocol::SealedChunk& frame) {
  const auto data = chunks_.open(frame);
  if (!data.ok()) return manipulated(job_id_);
  connections_ = 0;
  return base::as_text(*data);
}

Task<Result<std::string_view>> AnswerStream::next() {
  while (!over_ && !chunks_.ended()) {
    if (cancel_.cancelled()) co_return Error(ErrorCode::cancelled, "Nobody waits any more.");
    if (needs_.clock.steady_ns() >= deadline_ns_) {
      co_return Error(ErrorCode::deadline_exceeded,
                      fmt::format("Job {} has not ended in its time.", job_id_.text()));
    }
    if (!reader_) {
      CO_TRY_OK(co_await connect());
      continue;
    }
    const auto came = co_await reader_->next();
    if (!came.ok() && came.error().code == ErrorCode::corrupt) co_return manipulated(job_id_);
    const auto what = came.ok() ? came->what : Came::cut;
    if (what == Came::end) over_ = true;
    if (what == Came::cut) {
      reader_.reset();
      if (connections_ >= kMaxStreamConnections) over_ = true;
    }
    if (what != Came::frame) continue;
    CO_TRY(const auto data, open(came->frame));
    // A piece without data only fills the time.
    if (!data.empty() || chunks_.ended()) co_return data;
  }
  reader_.reset();
  co_return std::string_view();
}

}  // namespace b3iq::client
