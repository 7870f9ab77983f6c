#include "client/jobs/begun_answer.h"

#include <algorithm>
#include <utility>

#include "client/jobs/answer_events.h"
#include "crypto/secret.h"
#include "http/sse.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;

void wipe(std::string& text) {
  crypto::wipe(text.data(), text.size());
  text.clear();
}

Error says_another() {
  return Error(ErrorCode::corrupt,
               "THE STREAM AND THE ANSWER DIFFER: the node streamed something else than it sealed "
               "and signed as its answer. Trust neither; tell the node's operator.");
}

}  // namespace

BegunAnswer::BegunAnswer(CustomerJobs& jobs, SentJob sent, std::unique_ptr<AnswerStream> stream,
                         std::string_view first, std::int64_t deadline_ns, IfLeft if_left,
                         base::CancelToken cancel)
    : jobs_(jobs),
      sent_(std::move(sent)),
      stream_(std::move(stream)),
      deadline_ns_(deadline_ns),
      if_left_(if_left),
      cancel_(cancel) {
  out_.append(first);
}

BegunAnswer::~BegunAnswer() {
  if (!job_ended_ && if_left_ == IfLeft::cancel_job) jobs_.give_up(sent_.job.opener.job_id());
}

std::optional<JobEvidence> BegunAnswer::take_evidence() {
  return finished_ ? std::exchange(finished_->evidence, std::nullopt) : std::nullopt;
}

Task<Result<std::string_view>> BegunAnswer::next() {
  if (state_ == State::ended) co_return std::string_view();
  auto piece = co_await pull();
  if (!piece.ok()) state_ = State::ended;
  co_return piece;
}

// What is behind the last whole event of a piece waits for the next one, and goes with a stream
// that is cut: then the answer says it.
Status BegunAnswer::add(std::string_view piece) {
  const bool is_last = stream_->whole();
  if (is_last || piece.empty()) state_ = State::ending;
  return content_.add(piece, is_last ? StreamedContent::Piece::last : StreamedContent::Piece::more,
                      out_);
}

Task<Result<std::string_view>> BegunAnswer::pull() {
  if (state_ == State::first) {
    state_ = State::streaming;
    crypto::SecretText first;
    first.append(out_.view());
    out_.clear();
    CO_TRY_OK(add(first.view()));
    if (state_ == State::streaming && !out_.empty()) co_return out_.view();
  }
  while (state_ == State::streaming) {
    out_.clear();
    CO_TRY(const auto piece, co_await stream_->next());
    CO_TRY_OK(add(piece));
    if (state_ == State::streaming && !out_.empty()) co_return out_.view();
  }
  co_return co_await finish();
}

Task<Result<std::string_view>> BegunAnswer::finish() {
  const auto left_ms = (deadline_ns_ - jobs_.clock().steady_ns()) / kNsPerMs;
  CO_TRY(auto view, co_await jobs_.wait(sent_.job.opener.job_id(),
                                        std::max<std::int64_t>(left_ms, 1), cancel_));
  job_ended_ = true;
  CO_TRY(auto finished, CustomerJobs::open(sent_.job, std::move(view)));
  if (finished.opened.answer.status != protocol::AnswerStatus::completed) {
    const Overcount counts{finished.completion_tokens, std::int64_t(content_.bytes())};
    if (counts.completion_tokens > counts.streamed_bytes + kUnseenTokens) overcount_ = counts;
    co_return error_of(finished);
  }
  CO_TRY(const auto events, end_of(finished));
  state_ = State::ended;
  finished_ = std::move(finished);
  co_return events;
}

Result<std::string_view> BegunAnswer::end_of(const FinishedJob& finished) {
  const auto body = finished.opened.answer.body;
  TRY(const auto answer, json::Document::parse(body));
  if (stream_->whole()) {
    if (!content_.is_all_of(answer.root())) return says_another();
    out_.append(http::kSseDone);
    return out_.view();
  }
  was_cut_ = true;
  auto rest = content_.rest_of(answer.root());
  if (!rest.ok() && rest.error().code == ErrorCode::corrupt) return says_another();
  if (!rest.ok()) return rest.error();
  auto events = events_of_answer(*rest, sent_.include_usage);
  wipe(*rest);
  if (!events.ok()) return events.error();
  out_.assign(*events);
  wipe(*events);
  return out_.view();
}

}  // namespace b3iq::client
