// Where a job stands, as it is told to its customer (docs/operating/private-jobs.md).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace b3iq::protocol {

enum class JobStatus : std::uint8_t {
  queued,
  claimed,
  running,
  awaiting_receipt,
  completed,
  failed,
  cancelled,
  expired
};
inline constexpr std::size_t kJobStatuses = 8;
inline constexpr std::array<JobStatus, kJobStatuses> kAllJobStatuses = {
    JobStatus::queued,    JobStatus::claimed, JobStatus::running,   JobStatus::awaiting_receipt,
    JobStatus::completed, JobStatus::failed,  JobStatus::cancelled, JobStatus::expired};

std::string_view wire_name(JobStatus status);
std::optional<JobStatus> job_status_from_name(std::string_view name);
// Nothing comes after it.
bool is_terminal(JobStatus status);

}  // namespace b3iq::protocol
