// One chat run to its end and collected, for whoever gives the answer whole. Loop thread only.
#pragma once

#include "agent/local_api/chat_call.h"
#include "dialects/dialect.h"
#include "inference/runtime.h"

namespace b3iq::agent {

// relayed: an answer of a runtime that speaks the caller's dialect stays as it came.
enum class AnswerForm : std::uint8_t { relayed, typed };

struct WholeChat {
  base::Status status;
  inference::ChatAnswer answer;  // with `used` as its usage; of a chat that failed, what came
  inference::Usage used;         // what is booked
  std::int64_t tokens = 0;       // that were produced before it failed, as far as they are known
  bool told = false;             // a listener has heard of it
};

// Who hears of the answer while it comes.
class StepListener {
 public:
  virtual ~StepListener() = default;
  // A typed step that brings something. May not block.
  virtual void on_step(const inference::StreamStep& step) = 0;
};

// Dispatches the call and waits for all of its answer. The call is still to be finished. With a
// listener the answer is typed, and its runtime is asked for a stream where it can be.
base::Task<WholeChat> run_whole(ChatCall& call, AnswerForm form, StepListener* listener = nullptr);

// What tells the call's answer in `dialect`.
std::unique_ptr<dialects::AnswerWriter> make_writer(const dialects::Dialect& dialect,
                                                    ChatCall& call);

}  // namespace b3iq::agent
