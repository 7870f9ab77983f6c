// Doing what a command says: a port, so that the command loop is tested without a node. Loop thread
// only.
#pragma once

#include <cstdint>

#include "base/cancel.h"
#include "base/task.h"
#include "protocol/messages/command.h"
#include "protocol/messages/command_result.h"
#include "protocol/messages/poll.h"

namespace b3iq::agent {

struct CommandProgress {
  protocol::CommandPhase phase = protocol::CommandPhase::waiting;
  std::int64_t done = 0;
  std::int64_t total = 0;
  bool cancelled = false;  // by an operator of the control plane: nothing is to go on
};

// By the control plane's clock.
struct CommandTimes {
  std::int64_t now_ms = 0;  // as it begins
  std::int64_t expires_at_ms = 0;
};

class CommandWork {
 public:
  virtual ~CommandWork() = default;
  // The outcome of arguments' kind.
  // `arguments` and `progress` live as long as the task. Errors are told to the control plane by
  // their code; cancelled: it was stopped in the middle.
  virtual base::Task<base::Result<protocol::CommandOutcome>> run(
      const protocol::CommandArguments& arguments, CommandTimes times, CommandProgress& progress,
      base::CancelToken cancel) = 0;
  // Behind every run(), with its `progress`, when what it gave is on disk: what the result waits
  // for before it is brought.
  virtual base::Task<void> before_bringing(const CommandProgress& progress) = 0;
};

}  // namespace b3iq::agent
