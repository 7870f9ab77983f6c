// Long work on models: an install, a pull by a runtime, a benchmark. A job is kept in state.db, so
// it goes on after a restart, and it stays to be looked at when it has ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/result.h"
#include "json/json.h"

namespace b3iq::agent {

enum class JobKind : std::uint8_t { install, pull, benchmark };
enum class JobState : std::uint8_t { queued, running, done, failed, cancelled };
std::string_view job_kind_name(JobKind kind);
std::string_view job_state_name(JobState state);
std::optional<JobKind> job_kind_of(std::string_view name);

struct JobProgress {
  std::string phase;  // "receiving", "verifying", …; "" none
  std::int64_t done_bytes = 0;
  std::optional<std::int64_t> total_bytes;
  std::string note;  // for people: why it waits
};

struct ModelJob {
  std::string id;
  JobKind kind = JobKind::install;
  JobState state = JobState::queued;
  std::string model;    // the name that it is about
  std::string request;  // what was asked, as JSON: with it the job can begin again
  JobProgress progress;
  std::string error_code, error_detail;  // of a failed one
  std::string result;                    // of a done one, as JSON; "" none
  std::int64_t created_at_ms = 0;
  std::int64_t updated_at_ms = 0;
  std::uint64_t revision = 0;  // ModelJobs::revision() at its last change; not kept

  bool ended() const { return state != JobState::queued && state != JobState::running; }
};

// As it is kept. read_job's error: corrupt.
std::string job_document(const ModelJob& job);
base::Result<ModelJob> read_job(std::string_view document);
// As the owner sees it: without the request, which may hold an address with a secret in it.
void write_job(json::Writer& w, const ModelJob& job);

}  // namespace b3iq::agent
