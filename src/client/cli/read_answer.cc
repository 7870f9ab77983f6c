#include "client/cli/read_answer.h"

#include <fmt/format.h>

#include "cli/console.h"
#include "cli/exit_status.h"
#include "client/evidence/evidence_file.h"
#include "http/blocking_task.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

Result<JobView> fetch(Session& session, const KeptJob& job, std::int64_t timeout_ms) {
  const auto& job_id = job.opener.job_id();
  if (timeout_ms == 0) return http::run_task(session.loop, session.api.read(job_id, 0, {}));
  return http::run_task(session.loop, session.jobs.wait(job_id, timeout_ms, {}));
}

}  // namespace

int tell_to_wait(const KeptJob& job, const Error& error) {
  auto told = error;
  if (error.code == ErrorCode::deadline_exceeded || base::error_info(error.code).retryable)
    told.detail +=
        fmt::format(" Its answer, later: b3iq private get {}", job.opener.job_id().text());
  return cli::print_error(told);
}

int read_answer(Session& session, const KeptJob& job, const AnswerWish& wish) {
  const auto& job_id = job.opener.job_id();
  auto view = fetch(session, job, wish.timeout_ms);
  if (!view.ok()) return tell_to_wait(job, view.error());
  if (!view->answer && !is_terminal(view->status)) {
    fmt::print(stderr, "{} is {}: it has no answer yet.\n", job_id.text(), wire_name(view->status));
    return cli::kExitFailed;
  }
  const bool answered = view->answer.has_value();
  const auto finished = CustomerJobs::open(job, std::move(view).value(), wish.receipt);
  if (!finished.ok()) {
    // Without an answer there is nothing that the key could open.
    if (!answered) session.kept.remove(job_id);
    return cli::print_error(finished.error());
  }
  return print_finished(session, job_id, *finished, wish);
}

int print_finished(Session& session, const protocol::ClientJobId& job_id,
                   const FinishedJob& finished, const AnswerWish& wish) {
  const auto printed = print_answer(finished.opened.answer, wish.text, wish.form);
  if (!printed.taken) return printed.exit_code;
  if (finished.evidence && finished.opened.answer.status != protocol::AnswerStatus::completed) {
    fmt::print(stderr, "note: its receipt counts {} completion tokens.\n",
               finished.completion_tokens);
  }
  return put_away(session, job_id, finished.evidence, printed.exit_code);
}

int put_away(Session& session, const protocol::ClientJobId& job_id,
             const std::optional<JobEvidence>& evidence, int exit_code) {
  if (evidence) {
    const auto kept = keep_evidence(session.home.evidence(), *evidence);
    if (!kept.ok()) return cli::print_error(kept.error());
  }
  session.kept.remove(job_id);
  return exit_code;
}

}  // namespace b3iq::client
