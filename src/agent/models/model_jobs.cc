#include "agent/models/model_jobs.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/models/document_rows.h"
#include "base/log.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using storage::Statement;

namespace {

constexpr Statement kInsert{"INSERT INTO model_jobs (id, state, document) VALUES ($1, $2, $3)"};
constexpr Statement kUpdate{"UPDATE model_jobs SET state = $2, document = $3 WHERE id = $1"};
constexpr Statement kDelete{"DELETE FROM model_jobs WHERE id = $1"};
constexpr Statement kSelect{"SELECT document FROM model_jobs ORDER BY id"};

bool is_benchmark(JobKind kind) { return kind == JobKind::benchmark; }

}  // namespace

Status ModelJobs::load() {
  TRY(const auto documents, load_documents(database_, kSelect));
  for (const auto& document : documents) {
    TRY(auto job, read_job(document));
    if (job.state == JobState::running) job.state = JobState::queued;
    auto id = job.id;
    jobs_.emplace(std::move(id), std::make_shared<ModelJob>(std::move(job)));
  }
  return {};
}

void ModelJobs::start() {
  closed_ = false;
  run_next();
}

void ModelJobs::close() {
  closed_ = true;
  for (auto& [id, running] : running_) running.cancel.cancel();
}

Task<Status> ModelJobs::save(const ModelJob& job, bool is_new) {
  ++writes_under_way_;
  std::vector<std::string> row = {job.id, std::string(job_state_name(job.state)),
                                  job_document(job)};
  auto saved = co_await write_row(database_, is_new ? kInsert : kUpdate, std::move(row));
  --writes_under_way_;
  co_return saved;
}

Task<Status> ModelJobs::change(JobPointer job, JobState state) {
  ModelJob changed = *job;
  changed.state = state;
  changed.updated_at_ms = clock_.wall_ms();
  CO_TRY_OK(co_await save(changed, false));
  job->state = changed.state;
  job->updated_at_ms = changed.updated_at_ms;
  touch(*job);
  co_return Status();
}

Task<Status> ModelJobs::erase(JobPointer job) {
  const auto id = job->id;
  std::vector<std::string> row = {id};
  CO_TRY_OK(co_await write_row(database_, kDelete, std::move(row)));
  if (discard_ && job->state != JobState::done) discard_(*job);
  jobs_.erase(id);
  ++revision_;
  co_return Status();
}

Task<Status> ModelJobs::drop_oldest() {
  std::vector<JobPointer> ended;
  for (const auto& [id, job] : jobs_)
    if (job->ended()) ended.push_back(job);
  for (std::size_t i = 0; i + kMaxEndedJobs < ended.size(); ++i)
    CO_TRY_OK(co_await erase(ended[i]));
  co_return Status();
}

Task<Result<ModelJob>> ModelJobs::add(JobKind kind, std::string model, std::string request) {
  std::size_t open = 0;
  for (const auto& [id, job] : jobs_) {
    if (job->ended()) continue;
    ++open;
    if (job->model == model && is_benchmark(job->kind) == is_benchmark(kind)) {
      co_return Error(ErrorCode::conflict,
                      fmt::format("The job {} for '{}' has not ended. Wait for it, or cancel it: "
                                  "b3iq-host models cancel {}",
                                  id, model, id),
                      "model");
    }
  }
  if (open >= kMaxOpenJobs) {
    co_return Error(ErrorCode::overloaded,
                    fmt::format("{} jobs wait already, as many as may.", kMaxOpenJobs));
  }
  CO_TRY_OK(co_await drop_oldest());
  auto job = std::make_shared<ModelJob>();
  const auto now = clock_.wall_ms();
  job->id = "job_" + base::make_ulid(now, random_);
  job->kind = kind;
  job->model = std::move(model);
  job->request = std::move(request);
  job->created_at_ms = job->updated_at_ms = now;
  CO_TRY_OK(co_await save(*job, true));
  jobs_.emplace(job->id, job);
  touch(*job);
  run_next();
  co_return *job;
}

Result<ModelJobs::JobPointer> ModelJobs::get(std::string_view id) const {
  const auto found = jobs_.find(id);
  if (found != jobs_.end()) return found->second;
  return Error(
      ErrorCode::not_found,
      fmt::format("There is no job '{}'. `b3iq-host models jobs` shows them.", id.substr(0, 64)));
}

Task<Result<ModelJob>> ModelJobs::cancel(std::string id) {
  CO_TRY(auto job, get(id));
  if (const auto found = running_.find(id); found != running_.end()) {
    found->second.cancelled_by_owner = true;
    found->second.cancel.cancel();
    co_return *job;
  }
  if (job->ended()) {
    co_return Error(ErrorCode::conflict,
                    fmt::format("The job has ended: it is {}.", job_state_name(job->state)));
  }
  CO_TRY_OK(co_await change(job, JobState::cancelled));
  co_return *job;
}

Task<Result<ModelJob>> ModelJobs::resume(std::string id) {
  CO_TRY(auto job, get(id));
  if (job->state != JobState::failed && job->state != JobState::cancelled) {
    co_return Error(ErrorCode::conflict,
                    fmt::format("Only a job that failed or was cancelled can be resumed; this one "
                                "is {}.",
                                job_state_name(job->state)));
  }
  CO_TRY_OK(co_await change(job, JobState::queued));
  job->error_code.clear();
  job->error_detail.clear();
  touch(*job);
  run_next();
  co_return *job;
}

Task<Status> ModelJobs::remove(std::string id) {
  CO_TRY(auto job, get(id));
  if (!job->ended()) {
    co_return Error(ErrorCode::conflict,
                    fmt::format("The job has not ended. Cancel it first: b3iq-host models cancel "
                                "{}",
                                id));
  }
  co_return co_await erase(job);
}

std::vector<ModelJob> ModelJobs::list() const {
  std::vector<ModelJob> all;
  all.reserve(jobs_.size());
  for (const auto& [id, job] : jobs_) all.push_back(*job);
  std::ranges::reverse(all);
  return all;
}

Result<ModelJob> ModelJobs::find(std::string_view id) const {
  TRY(const auto job, get(id));
  return *job;
}

void ModelJobs::progress(std::string_view id, JobProgress progress) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  found->second->progress = std::move(progress);
  touch(*found->second);
}

bool ModelJobs::lane_busy(JobKind kind) const {
  return std::ranges::any_of(running_, [&](const auto& entry) {
    const auto found = jobs_.find(entry.first);
    return found != jobs_.end() && is_benchmark(found->second->kind) == is_benchmark(kind);
  });
}

void ModelJobs::run_next() {
  if (closed_) return;
  for (const auto& [id, job] : jobs_) {
    if (job->state != JobState::queued || running_.contains(id) || lane_busy(job->kind)) continue;
    running_.try_emplace(id);
    base::detach(run(job));
  }
}

// The row in running_ is there from before the first suspension to after the last.
Task<void> ModelJobs::run(JobPointer job) {
  auto& running = running_.find(job->id)->second;
  Result<std::string> outcome = Error(ErrorCode::unimplemented, "Nothing does this kind of job.");
  auto started = co_await change(job, JobState::running);
  if (started.ok()) {
    const auto work = work_.find(job->kind);
    if (work != work_.end()) outcome = co_await work->second(*job, running.cancel.token());
  } else {
    outcome = std::move(started).error();
  }
  co_await finish(job, running, std::move(outcome));
  running_.erase(job->id);
  run_next();
}

Task<void> ModelJobs::finish(JobPointer job, const Running& running, Result<std::string> outcome) {
  // The node stops: the job stays under way, and goes on at the next start.
  if (closed_ && !outcome.ok() && !running.cancelled_by_owner) co_return;
  ModelJob ended = *job;
  ended.updated_at_ms = clock_.wall_ms();
  ended.progress.phase.clear();
  ended.progress.note.clear();
  if (outcome.ok()) {
    ended.state = JobState::done;
    ended.result = *outcome;
  } else if (running.cancelled_by_owner) {
    ended.state = JobState::cancelled;
  } else {
    ended.state = JobState::failed;
    ended.error_code = base::error_info(outcome.error().code).wire_name;
    ended.error_detail = outcome.error().detail;
  }
  const auto saved = co_await save(ended, false);
  if (!saved.ok())
    base::log(base::LogLevel::warn, "models.job_not_saved", {{"reason", saved.error().detail}});
  *job = std::move(ended);
  touch(*job);
  base::log(base::LogLevel::info, "models.job_ended",
            {{"id", std::string_view(job->id)},
             {"kind", job_kind_name(job->kind)},
             {"state", job_state_name(job->state)},
             {"code", std::string_view(job->error_code)}});
}

}  // namespace b3iq::agent
