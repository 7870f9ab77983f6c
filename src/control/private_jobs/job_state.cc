#include "control/private_jobs/job_state.h"

namespace b3iq::control {

std::optional<JobStatus> next_job_status(JobStatus now, JobEvent event) {
  const bool is_queued = now == JobStatus::queued;
  const bool is_held = now == JobStatus::claimed || now == JobStatus::running;
  const bool has_answer = now == JobStatus::awaiting_receipt;
  const auto when = [](bool allowed, JobStatus next) {
    return allowed ? std::optional(next) : std::nullopt;
  };
  switch (event) {
    case JobEvent::lease:
      return when(is_queued, JobStatus::claimed);
    case JobEvent::start:
      return when(now == JobStatus::claimed, JobStatus::running);
    case JobEvent::lapse:
      return when(is_held, JobStatus::queued);
    case JobEvent::answer:
      return when(is_held, JobStatus::awaiting_receipt);
    case JobEvent::done:
      return when(is_held || has_answer, JobStatus::completed);
    case JobEvent::stopped:
      return when(is_held || has_answer, JobStatus::cancelled);
    case JobEvent::fail:
      return when(!is_terminal(now), JobStatus::failed);
    case JobEvent::cancel:
      return when(is_queued || is_held, JobStatus::cancelled);
    case JobEvent::expire:
      return when(is_queued || is_held, JobStatus::expired);
  }
  return std::nullopt;
}

}  // namespace b3iq::control
