#include "client/jobs/begun_answer.h"

#include <algorithm>
#include <utility>

#include "client/jobs/answer_events.h"
#include "crypto/secret.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;
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
                         std::string first, std::int64_t deadline_ns, IfLeft if_left,
                         base::CancelToken cancel)
    : jobs_(jobs),
      sent_(std::move(sent)),
      stream_(std::move(stream)),
      deadline_ns_(deadline_ns),
      if_left_(if_left),
      cancel_(cancel),
      out_(std::move(first)) {}

BegunAnswer::~BegunAnswer() {
  wipe(out_);
  if (!job_ended_ && if_left_ == IfLeft::cancel_job) jobs_.give_up(sent_.job.opener.job_id());
}

Task<Result<std::string_view>> BegunAnswer::next() {
  if (state_ == State::ended) co_return std::string_view();
  auto piece = co_await pull();
  if (!piece.ok()) state_ = State::ended;
  co_return piece;
}

Task<Result<std::string_view>> BegunAnswer::pull() {
  if (state_ == State::first) {
    state_ = State::streaming;
    // Whole at once: held back like every end.
    if (stream_->whole()) state_ = State::ending;
    CO_TRY_OK(content_.add(out_));
    if (state_ == State::streaming) co_return std::string_view(out_);
  }
  if (state_ == State::streaming) {
    CO_TRY(const auto data, co_await stream_->next());
    CO_TRY_OK(content_.add(data));
    if (!data.empty() && !stream_->whole()) co_return data;
    wipe(out_);
    out_ = data;
    state_ = State::ending;
  }
  co_return co_await finish();
}

Task<Result<std::string_view>> BegunAnswer::finish() {
  const auto left_ms = (deadline_ns_ - jobs_.clock().steady_ns()) / kNsPerMs;
  CO_TRY(auto view, co_await jobs_.wait(sent_.job.opener.job_id(),
                                        std::max<std::int64_t>(left_ms, 1), cancel_));
  job_ended_ = true;
  CO_TRY(auto finished, CustomerJobs::open(sent_.job, std::move(view)));
  evidence_ = std::move(finished.evidence);
  if (finished.opened.answer.status != protocol::AnswerStatus::completed)
    co_return error_of(finished);
  co_return end_of(finished);
}

Result<std::string_view> BegunAnswer::end_of(const FinishedJob& finished) {
  const auto body = finished.opened.answer.body;
  TRY(const auto answer, json::Document::parse(body));
  state_ = State::ended;
  if (stream_->whole()) {
    if (!content_.is_all_of(answer.root())) return says_another();
    return std::string_view(out_);
  }
  was_cut_ = true;
  auto rest = content_.rest_of(answer.root());
  if (!rest.ok()) return says_another();
  wipe(out_);
  TRY(out_, events_of_answer(*rest, sent_.include_usage));
  wipe(*rest);
  return std::string_view(out_);
}

}  // namespace b3iq::client
