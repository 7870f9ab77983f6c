// Waits for a kept job's answer, opens and prints it, and tidies up behind it.
#pragma once

#include "client/cli/answer_output.h"
#include "client/cli/session.h"

namespace b3iq::client {

struct AnswerWish {
  std::int64_t timeout_ms = 0;  // 0: only what is there now
  AnswerText text = AnswerText::body;
  OutputForm form = OutputForm::text;
  ReceiptRule receipt = ReceiptRule::must_fit;
};

// Once the answer was printed, what proves it is kept and the key that opens it removed. A job
// without an answer yet stays as it is. Returns the exit code.
int read_answer(Session& session, const KeptJob& job, const AnswerWish& wish);

// The parts of it. The job stays, and its answer is fetched another time.
int tell_to_wait(const KeptJob& job, const base::Error& error);
int print_finished(Session& session, const protocol::ClientJobId& job_id,
                   const FinishedJob& finished, const AnswerWish& wish);
// What was printed needs its key no more; `exit_code`, or that of what went wrong.
int put_away(Session& session, const protocol::ClientJobId& job_id,
             const std::optional<JobEvidence>& evidence, int exit_code);

}  // namespace b3iq::client
