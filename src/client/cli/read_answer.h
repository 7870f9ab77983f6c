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

}  // namespace b3iq::client
