#include "client/jobs/customer_jobs.h"

#include <fmt/format.h>

#include <algorithm>

#include "client/control_plane/log_statement.h"
#include "client/jobs/begun_answer.h"
#include "client/sealing/binding_check.h"
#include "crypto/sha256.h"
#include "protocol/member_reader.h"
#include "protocol/private/request_sealer.h"
#include "protocol/transparency/receipt_log_entry.h"

namespace b3iq::client {

using base::CancelToken;
using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using protocol::ClientJobId;

namespace {

constexpr std::string_view kJobPrefix = "pj_";
constexpr int kMaxQueueTries = 3;
constexpr std::int64_t kPauseMs = 500;  // where the control plane answers sooner than asked to
constexpr int kJobsLookedThrough = 100;
constexpr std::size_t kMaxSealedDetailBytes = 2'048;

// The answer was lost, not the request refused: the job may be there.
bool leaves_open(ErrorCode code) {
  return code == ErrorCode::control_plane_unreachable || code == ErrorCode::upstream_failed ||
         code == ErrorCode::deadline_exceeded || code == ErrorCode::cancelled ||
         code == ErrorCode::internal || code == ErrorCode::storage_failed ||
         code == ErrorCode::shutting_down;
}

// Refused before anything was reserved, for what this node is or has.
bool blames_node(ErrorCode code) {
  return code == ErrorCode::transport_key_unknown || code == ErrorCode::not_enrolled ||
         code == ErrorCode::node_suspended || code == ErrorCode::node_removed ||
         code == ErrorCode::no_healthy_candidates || code == ErrorCode::overloaded;
}

// Asking again later may help.
bool passes(ErrorCode code) {
  return code == ErrorCode::control_plane_unreachable || code == ErrorCode::rate_limited ||
         code == ErrorCode::storage_failed || code == ErrorCode::shutting_down ||
         code == ErrorCode::deadline_exceeded || code == ErrorCode::upstream_failed;
}

Error why_no_answer(const JobView& view) {
  if (view.status == JobStatus::cancelled)
    return Error(ErrorCode::cancelled, "The job was cancelled before it had an answer.");
  if (view.status == JobStatus::expired) {
    return Error(ErrorCode::deadline_exceeded,
                 "No node took the job, or none answered, before its time was over. Send it again, "
                 "to another node.");
  }
  const auto code = base::error_code_from_wire(view.failure);
  if (code == ErrorCode::role_denied) {
    return Error(*code, "The node's owner does not allow private jobs. Choose another node.");
  }
  return Error(code.value_or(ErrorCode::upstream_failed),
               fmt::format("The node could not do the job{}{}. Send it again, to another node.",
                           view.failure.empty() ? "" : ": ", view.failure));
}

}  // namespace

ClientJobId new_private_job_id(base::Random& random) {
  std::array<std::uint8_t, 12> bytes;
  random.fill(bytes);
  return ClientJobId::trusted(std::string(kJobPrefix) + base::to_base64url(bytes));
}

Task<Status> CustomerJobs::check_control_plane(CancelToken cancel) {
  if (control_plane_checked_) co_return Status();
  auto text =
      co_await needs_.api.get_public("/v1/log", protocol::kMaxReceiptLogStatementBytes, cancel);
  if (!text.ok()) co_return text.error();
  CO_TRY(const auto statement, read_log_statement(*text));
  CO_TRY_OK(needs_.pins.check_log(needs_.api.access().url, statement.control_plane, statement.log,
                                  needs_.clock.wall_ms()));
  control_plane_checked_ = true;
  co_return Status();
}

Task<Result<Candidate>> CustomerJobs::choose(const JobOrder& order,
                                             const std::vector<protocol::NodeId>& excluded,
                                             CancelToken cancel) {
  CO_TRY_OK(co_await check_control_plane(cancel));
  auto candidates = co_await needs_.api.candidates(order.model, cancel);
  if (!candidates.ok()) co_return candidates.error();
  CO_TRY(auto chosen, choose_node(*candidates, order.wish, excluded, order.model));
  const auto now_ms = needs_.clock.wall_ms();
  CO_TRY_OK(check_binding(chosen.binding, chosen.node_id, now_ms));
  CO_TRY_OK(needs_.pins.check_node(chosen.binding.binding, now_ms));
  co_return chosen;
}

Task<Result<SentJob>> CustomerJobs::send(const JobOrder& order, const Candidate& to,
                                         ClientJobId job_id, CancelToken cancel) {
  protocol::PrivateRequest request{job_id, to.node_id, order.model, {}, order.body.reveal_text()};
  needs_.random.fill(request.customer_nonce);
  const auto& binding = to.binding.binding;
  CO_TRY(auto sealed, protocol::seal_request(request, {binding.public_key_x25519, binding.key_id},
                                             needs_.random));
  SentJob sent{.job = {.opener = std::move(sealed.opener),
                       .control_plane = needs_.api.access().url,
                       .model_id = order.model,
                       .created_at_ms = needs_.clock.wall_ms(),
                       .request_hash = crypto::sha256(order.body.reveal()),
                       .binding = to.binding},
               .view = {},
               .include_usage = order.include_usage};
  if (needs_.kept) CO_TRY_OK(needs_.kept->keep(sent.job));
  auto queued = co_await queue(sent, sealed.envelope, order, cancel);
  if (queued.ok()) {
    sent.view = std::move(queued).value();
    co_return sent;
  }
  auto error = std::move(queued).error();
  if (!leaves_open(error.code)) {
    if (needs_.kept) needs_.kept->remove(job_id);
  } else if (needs_.kept) {
    error.detail += fmt::format(
        " It is not certain whether the job was queued: b3iq private get {}", job_id.text());
  }
  co_return error;
}

// The same job and the same envelope again is safe: neither can be queued twice.
Task<Result<JobView>> CustomerJobs::queue(const SentJob& job,
                                          const protocol::SealedEnvelope& envelope,
                                          const JobOrder& order, CancelToken cancel) {
  const auto& job_id = job.job.opener.job_id();
  for (int tried = 1;; ++tried) {
    const JobPost post{job_id, job.job.opener.node_id(), order.model, envelope,
                       order.wish.max_price};
    auto queued = co_await needs_.api.queue(post, cancel);
    if (queued.ok() || cancel.cancelled()) co_return queued;
    const auto code = queued.error().code;
    const bool repeated =
        tried > 1 && (code == ErrorCode::envelope_replayed || code == ErrorCode::conflict);
    if (!leaves_open(code) && !repeated) co_return queued;
    auto there = co_await needs_.api.read(job_id, 0, cancel);
    if (there.ok()) co_return there;
    const bool absent = there.error().code == ErrorCode::not_found;
    if (tried == kMaxQueueTries || (!absent && !passes(there.error().code))) co_return queued;
    co_await needs_.loop.sleep(kPauseMs);
  }
}

Task<Result<JobView>> CustomerJobs::wait(const ClientJobId& job_id, std::int64_t timeout_ms,
                                         CancelToken cancel) {
  const auto begun_ns = needs_.clock.steady_ns();
  for (;;) {
    const auto asked_ns = needs_.clock.steady_ns();
    const auto left_ms = timeout_ms - (asked_ns - begun_ns) / 1'000'000;
    if (cancel.cancelled()) co_return Error(ErrorCode::cancelled, "Nobody waits any more.");
    if (left_ms <= 0) {
      co_return Error(
          ErrorCode::deadline_exceeded,
          fmt::format("Job {} has no answer yet after {} s.", job_id.text(), timeout_ms / 1'000));
    }
    auto view =
        co_await needs_.api.read(job_id, std::max<std::int64_t>(1, left_ms / 1'000), cancel);
    if (!view.ok() && !passes(view.error().code)) co_return view;
    if (view.ok() && (view->answer || is_terminal(view->status))) {
      co_await add_failure(*view);
      co_return view;
    }
    // Also a control plane that does not wait is not asked without a pause.
    const auto took_ms = (needs_.clock.steady_ns() - asked_ns) / 1'000'000;
    if (took_ms < kPauseMs) co_await needs_.loop.sleep(kPauseMs - took_ms);
  }
}

// A job by itself does not say why it failed; the list does.
Task<void> CustomerJobs::add_failure(JobView& view) {
  if (view.status != JobStatus::failed || view.answer || !view.failure.empty()) co_return;
  const auto listed = co_await needs_.api.list(kJobsLookedThrough);
  if (!listed.ok()) co_return;  // the job's end counts, told or not
  const auto at = std::ranges::find(*listed, view.job_id, &JobView::job_id);
  if (at != listed->end()) view.failure = at->failure;
}

Result<FinishedJob> CustomerJobs::open(const KeptJob& job, JobView view, ReceiptRule rule) {
  if (!view.answer) return why_no_answer(view);
  TRY(auto opened, job.opener.open(*view.answer));
  FinishedJob finished{std::move(view), std::move(opened), std::nullopt, 0};
  const auto& answer = finished.opened.answer;
  if (!answer.receipt) return finished;
  JobEvidence evidence{
      answer.job_id,        job.model_id,     std::string(answer.receipt->document),
      answer.receipt->salt, job.request_hash, crypto::sha256(answer.body),
      job.binding};
  const auto checked = check_evidence(evidence);
  if (!checked.ok() && rule == ReceiptRule::any) return finished;
  if (!checked.ok()) return checked.error();
  finished.completion_tokens = checked->receipt.usage.completion_tokens;
  finished.evidence = std::move(evidence);
  return finished;
}

struct CustomerJobs::Attempt {
  bool may_cost = false;
  bool may_go_on = false;  // nothing was billed, and another node may do better
  bool same_node = false;  // its key was replaced meanwhile: ask again
};

// The answer of a job that is not streamed, or not any more.
Task<Result<FinishedJob>> CustomerJobs::finish(const KeptJob& job, std::int64_t timeout_ms,
                                               Attempt& attempt, CancelToken cancel) {
  auto view = co_await wait(job.opener.job_id(), timeout_ms, cancel);
  if (!view.ok()) {
    give_up(job.opener.job_id());
    co_return view.error();
  }
  const bool free = nothing_billed(view->billing);
  attempt.may_cost = !free;
  auto finished = open(job, std::move(view).value());
  if (!finished.ok()) {
    const auto code = finished.error().code;
    attempt.may_go_on = free && code != ErrorCode::corrupt && code != ErrorCode::receipt_rejected;
  } else if (finished->opened.answer.status != protocol::AnswerStatus::completed) {
    attempt.may_go_on = free && base::error_info(error_of(*finished).code).retryable;
  }
  co_return finished;
}

Task<Result<StartedAnswer>> CustomerJobs::attempt(const JobOrder& order, const Candidate& to,
                                                  std::int64_t timeout_ms, Attempt& attempt,
                                                  CancelToken cancel) {
  const auto deadline_ns = needs_.clock.steady_ns() + timeout_ms * 1'000'000;
  const auto job_id = new_private_job_id(needs_.random);
  auto sent = co_await send(order, to, job_id, cancel);
  if (!sent.ok()) {
    const auto code = sent.error().code;
    attempt.may_cost = leaves_open(code);
    if (leaves_open(code)) give_up(job_id);
    attempt.may_go_on = blames_node(code);
    attempt.same_node = code == ErrorCode::transport_key_unknown;
    co_return sent.error();
  }
  attempt.may_cost = true;
  if (order.is_streamed) {
    auto begun = co_await begin(*sent, deadline_ns, IfLeft::cancel_job, cancel);
    if (!begun.ok()) give_up(job_id);
    if (!begun.ok()) co_return begun.error();
    if (*begun) co_return StartedAnswer(std::move(begun).value());
  }
  const auto left_ms = (deadline_ns - needs_.clock.steady_ns()) / 1'000'000;
  auto finished = co_await finish(sent->job, left_ms, attempt, cancel);
  if (!finished.ok()) co_return finished.error();
  co_return StartedAnswer(std::move(finished).value());
}

Task<Result<std::unique_ptr<BegunAnswer>>> CustomerJobs::begin(SentJob& sent,
                                                               std::int64_t deadline_ns,
                                                               IfLeft if_left, CancelToken cancel) {
  const AnswerStream::Needs needs{needs_.loop, needs_.api, needs_.clock};
  auto stream = std::make_unique<AnswerStream>(needs, sent.job.opener, deadline_ns, cancel);
  CO_TRY(const auto first, co_await stream->next());
  if (first.empty() && !stream->whole()) co_return std::unique_ptr<BegunAnswer>();
  co_return std::make_unique<BegunAnswer>(*this, std::move(sent), std::move(stream), first,
                                          deadline_ns, if_left, cancel);
}

Task<Result<StartedAnswer>> CustomerJobs::start(SentJob sent, std::int64_t timeout_ms,
                                                CancelToken cancel) {
  const auto deadline_ns = needs_.clock.steady_ns() + timeout_ms * 1'000'000;
  CO_TRY(auto begun, co_await begin(sent, deadline_ns, IfLeft::leave_job, cancel));
  if (begun) co_return StartedAnswer(std::move(begun));
  const auto left_ms = (deadline_ns - needs_.clock.steady_ns()) / 1'000'000;
  CO_TRY(auto view, co_await wait(sent.job.opener.job_id(), left_ms, cancel));
  CO_TRY(auto finished, open(sent.job, std::move(view)));
  co_return StartedAnswer(std::move(finished));
}

Task<Result<StartedAnswer>> CustomerJobs::answer(const JobOrder& order, std::int64_t timeout_ms,
                                                 Tried& tried, CancelToken cancel) {
  const auto begun_ns = needs_.clock.steady_ns();
  std::optional<Result<StartedAnswer>> last;
  for (int i = 0; i < kMaxNodesTried; ++i) {
    auto chosen = co_await choose(order, tried.excluded, cancel);
    // Where nobody is left, what the last one said is worth more.
    if (!chosen.ok() && last && chosen.error().code == ErrorCode::no_healthy_candidates) break;
    if (!chosen.ok()) co_return chosen.error();
    const auto left_ms = timeout_ms - (needs_.clock.steady_ns() - begun_ns) / 1'000'000;
    if (last && left_ms <= 0) break;
    Attempt one;
    last.emplace(co_await attempt(order, *chosen, left_ms, one, cancel));
    tried.may_cost = one.may_cost;
    if (!one.may_go_on || cancel.cancelled()) break;
    if (!one.same_node || i > 0) tried.excluded.push_back(chosen->node_id);
  }
  co_return std::move(last).value();
}

Task<void> CustomerJobs::cancel_job(ClientJobId job_id) {
  ++cancelling_;
  // What cannot be cancelled ends by itself; nobody is there to be told.
  [[maybe_unused]] const auto cancelled = co_await needs_.api.cancel(job_id);
  --cancelling_;
}

Error error_of(const FinishedJob& job) {
  const auto document = json::Document::parse(job.opened.answer.body);
  if (document.ok()) {
    const auto error = document->root();
    const auto code = base::error_code_from_wire(error.find("code").string().value_or(""));
    const auto detail = error.find("detail").string();
    if (detail && protocol::is_printable(*detail, kMaxSealedDetailBytes)) {
      return Error(code.value_or(ErrorCode::upstream_failed), std::string(*detail),
                   std::string(error.find("param").string().value_or("")));
    }
    if (code) return Error(*code, std::string(base::error_info(*code).title) + ".");
  }
  return Error(ErrorCode::upstream_failed,
               fmt::format("The node ended the job as {}, without saying why.",
                           protocol::wire_name(job.opened.answer.status)));
}

}  // namespace b3iq::client
