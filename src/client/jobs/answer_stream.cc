#include "client/jobs/answer_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;
using Came = FrameReader::Came;

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;

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
      chunks_(opener.open_stream()),
      wait_(needs.loop),
      pause_ms_(needs.pauses.first_ms) {}

// Ends with whatever ends the wait: next() looks at both.
Task<void> AnswerStream::pause() {
  const auto left_ms = (deadline_ns_ - needs_.clock.steady_ns()) / kNsPerMs + 1;
  const auto wanted_ms = std::max(pause_ms_, std::exchange(retry_after_ms_, 0));
  pause_ms_ = std::min(2 * pause_ms_, needs_.pauses.most_ms);
  base::CancelCallback gone;
  cancel_.on_cancel(gone, [this] { wait_.wake(); });
  co_await wait_.wait(std::min(wanted_ms, left_ms));
}

// A stream that cannot be had does not keep anybody from an answer that is there.
Task<bool> AnswerStream::has_answer() {
  const auto job = co_await needs_.api.read(job_id_, 0, cancel_);
  co_return job.ok() && (job->answer || is_terminal(job->status));
}

Task<void> AnswerStream::connect() {
  if (connections_ > 0) {
    co_await pause();
    if (cancel_.cancelled() || needs_.clock.steady_ns() >= deadline_ns_) co_return;
  }
  if (connections_ >= kConnectionsBeforeLook) {
    over_ = co_await has_answer();
    if (over_) co_return;
  }
  connections_ = std::min(connections_ + 1, kConnectionsBeforeLook);
  auto reader = co_await needs_.api.stream(job_id_, chunks_.next_number(), cancel_);
  if (reader.ok()) {
    reader_ = std::move(reader).value();
    co_return;
  }
  retry_after_ms_ = std::min(reader.error().retry_after_ms, kMaxRetryAfterMs);
  // Another control plane, an older one: there is the answer.
  if (!base::error_info(reader.error().code).retryable) over_ = true;
}

Result<std::string_view> AnswerStream::open(const protocol::SealedChunk& frame) {
  const auto data = chunks_.open(frame);
  if (!data.ok()) return manipulated(job_id_);
  connections_ = 0;
  pause_ms_ = needs_.pauses.first_ms;
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
      co_await connect();
      continue;
    }
    const auto came = co_await reader_->next();
    if (!came.ok() && came.error().code == ErrorCode::corrupt) co_return manipulated(job_id_);
    const auto what = came.ok() ? came->what : Came::cut;
    if (what == Came::end) over_ = true;
    if (what == Came::cut) reader_.reset();
    if (what != Came::frame) continue;
    CO_TRY(const auto data, open(came->frame));
    // A piece without data only fills the time.
    if (!data.empty() || chunks_.ended()) co_return data;
  }
  reader_.reset();
  co_return std::string_view();
}

}  // namespace b3iq::client
