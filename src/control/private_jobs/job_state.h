// The states of a private job and their one transition function. What becomes of its money has
// states of its own: next_billing_status() of ledger/ledger_types.h. Pure; any thread.
//
//   queued  -lease->  claimed  -start->  running        (each may end, or lapse back to queued)
//   claimed, running  -answer->  awaiting_receipt       an answer whose receipt does not count yet
//   claimed, running, awaiting_receipt  -done->  completed,  -stopped->  cancelled,  -fail-> failed
//   queued, claimed, running  -cancel->  cancelled,  -expire->  expired;  queued  -fail->  failed
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/job_status.h"

namespace b3iq::control {

using protocol::job_status_from_name;
using protocol::JobStatus;
using protocol::kAllJobStatuses;
using protocol::kJobStatuses;
// What a customer waits for.
inline bool has_answer_or_end(JobStatus status) {
  return is_terminal(status) || status == JobStatus::awaiting_receipt;
}

enum class JobEvent : std::uint8_t {
  lease,    // its command was handed to the node
  start,    // the node says that it works on it
  lapse,    // the lease ran out, or its answer was lost: it waits again
  answer,   // a sealed answer whose receipt was refused
  done,     // an accepted receipt of a whole answer
  stopped,  // an accepted receipt of one that was stopped
  fail,     // nothing came of it, or an accepted receipt of one that broke off
  cancel,   // of a queued one, or nothing was made; an operator's; also when the node left
  expire    // its time was over
};
inline constexpr std::size_t kJobEvents = 9;
// nullopt: the event changes nothing in that state.
std::optional<JobStatus> next_job_status(JobStatus now, JobEvent event);

}  // namespace b3iq::control
