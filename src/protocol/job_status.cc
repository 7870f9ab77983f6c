#include "protocol/job_status.h"

namespace b3iq::protocol {

std::string_view wire_name(JobStatus status) {
  switch (status) {
    case JobStatus::queued:
      return "queued";
    case JobStatus::claimed:
      return "claimed";
    case JobStatus::running:
      return "running";
    case JobStatus::awaiting_receipt:
      return "awaiting_receipt";
    case JobStatus::completed:
      return "completed";
    case JobStatus::failed:
      return "failed";
    case JobStatus::cancelled:
      return "cancelled";
    case JobStatus::expired:
      break;
  }
  return "expired";
}

std::optional<JobStatus> job_status_from_name(std::string_view name) {
  for (const auto status : kAllJobStatuses)
    if (wire_name(status) == name) return status;
  return std::nullopt;
}

bool is_terminal(JobStatus status) {
  switch (status) {
    case JobStatus::queued:
    case JobStatus::claimed:
    case JobStatus::running:
    case JobStatus::awaiting_receipt:
      return false;
    case JobStatus::completed:
    case JobStatus::failed:
    case JobStatus::cancelled:
    case JobStatus::expired:
      break;
  }
  return true;
}

}  // namespace b3iq::protocol
