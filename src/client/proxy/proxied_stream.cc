#include "client/proxy/proxied_stream.h"

#include <utility>

#include "base/log.h"
#include "client/jobs/answer_events.h"
#include "crypto/secret.h"
#include "protocol/error_json.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

namespace {

void warn_of(const std::optional<Overcount>& counts) {
  if (!counts) return;
  base::log(
      base::LogLevel::warn, "proxy.receipt_counts_more",
      {{"completion_tokens", counts->completion_tokens},
       {"streamed_bytes", counts->streamed_bytes},
       {"detail", "The job did not complete, and its receipt counts more than was streamed."}});
}

}  // namespace

Error told_to_client(const Error& error) {
  if (error.code != ErrorCode::unauthorized) return error;
  return Error(
      ErrorCode::upstream_failed,
      "The control plane refuses the customer token that this proxy was given: " + error.detail);
}

Result<std::string> events_of(const FinishedJob& job, bool include_usage) {
  const auto& answer = job.opened.answer;
  if (answer.status != protocol::AnswerStatus::completed) return error_of(job);
  return events_of_answer(answer.body, include_usage);
}

ProxiedStream::ProxiedStream(std::shared_ptr<ChatJob> job, base::CancelToken gone, Rules rules)
    : job_(std::move(job)), rules_(std::move(rules)) {
  gone.on_cancel(gone_, [this] { job_->leave(); });
}

ProxiedStream::~ProxiedStream() {
  gone_.reset();
  job_->leave();
  crypto::wipe(out_.data(), out_.size());
}

Task<Result<std::string_view>> ProxiedStream::next() {
  for (;;) {
    if (ended_) co_return std::string_view();
    if (job_->started() != nullptr && !job_->has_begun()) co_return whole_or_failed();
    if (job_->has_begun() && !std::exchange(is_pulling_, true)) ChatJob::pull(job_);
    if (job_->piece() != nullptr) {
      is_pulling_ = false;
      co_return piece(*job_->piece());
    }
    if (!co_await job_->changed(rules_.keep_alive_ms)) co_return kKeepAlive;
  }
}

std::string_view ProxiedStream::whole_or_failed() {
  const auto& started = *job_->started();
  if (!started.ok()) return fail(started.error());
  const auto& finished = std::get<FinishedJob>(*started);
  if (finished.evidence) rules_.keep(*finished.evidence);
  auto events = events_of(finished, job_->order().include_usage);
  if (!events.ok()) return fail(events.error());
  ended_ = true;
  out_ = std::move(events).value();
  return out_;
}

std::string_view ProxiedStream::piece(const Result<std::string_view>& piece) {
  auto& answer = job_->stream();
  if (!piece.ok()) {
    warn_of(answer.overcount());
    return fail(piece.error());
  }
  if (const auto evidence = answer.take_evidence()) rules_.keep(*evidence);
  if (piece->empty()) ended_ = true;
  if (!piece->empty() && answer.was_cut()) {
    base::log(base::LogLevel::warn, "proxy.stream_cut",
              {{"detail", "The rest came with the sealed answer."}});
  }
  return *piece;
}

// In the stream, without a [DONE]: nobody takes it for a whole answer. The detail may quote what
// was asked: it is for the caller alone.
std::string_view ProxiedStream::fail(const Error& error) {
  base::log(base::LogLevel::error, "proxy.stream_failed",
            {{"code", base::error_info(error.code).wire_name}});
  ended_ = true;
  const auto told = told_to_client(error);
  out_ = "data: " + protocol::openai_error_body(told, rules_.request_id) + "\n\n";
  return out_;
}

}  // namespace b3iq::client
