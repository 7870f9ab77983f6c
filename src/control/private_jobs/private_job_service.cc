#include "control/private_jobs/private_job_service.h"

#include <fmt/format.h>

#include "control/private_jobs/private_job_store.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using storage::Transaction;

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::string_view kByCustomer = "It was cancelled by the customer.";

Error not_to_cancel(const PrivateJob& job) {
  return Error(ErrorCode::conflict,
               fmt::format("The job is {}; there is nothing to cancel.", wire_name(job.status)));
}

}  // namespace

Task<Result<PrivateJob>> PrivateJobService::find(std::string customer_id, std::string name) {
  std::optional<PrivateJob> job;
  auto body = [&](Transaction& tx) { return select_job_of_customer(tx, customer_id, name, job); };
  CO_TRY_OK(co_await parts_.database.read(std::move(body)));
  if (!job) co_return no_such_job();
  co_return *std::move(job);
}

Task<Result<JobWithEnvelopes>> PrivateJobService::get(std::string customer_id, std::string name,
                                                      std::int64_t wait_ms,
                                                      base::CancelToken cancel) {
  if (wait_ms > 0) {
    const auto deadline_ns = parts_.clock.steady_ns() + wait_ms * kNsPerMs;
    CO_TRY(const auto job, co_await find(customer_id, name));
    if (!has_answer_or_end(job.status)) {
      CO_TRY_OK(parts_.waiters.check(job.customer_id, job.command_id.text()));
      JobPlace place(parts_.waiters, {job.customer_id, job.command_id.text(), JobNews::end});
      co_await place.wait(deadline_ns, cancel);
    }
  }
  std::optional<PrivateJob> job;
  JobWithEnvelopes out;
  auto body = [&](Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await select_job_of_customer(tx, customer_id, name, job));
    if (!job) co_return Status();
    co_return co_await select_envelopes(tx, *job, out);
  };
  CO_TRY_OK(co_await parts_.database.read(std::move(body)));
  if (!job) co_return no_such_job();
  co_return std::move(out);
}

Task<Result<PrivateJob>> PrivateJobService::show(std::string job_id) {
  std::optional<PrivateJob> job;
  auto body = [&](Transaction& tx) { return select_job(tx, job_id, job); };
  CO_TRY_OK(co_await parts_.database.read(std::move(body)));
  if (job) co_return *std::move(job);
  co_return Error(ErrorCode::not_found,
                  "There is no such private job. See them all: b3iq-control-plane admin jobs list");
}

Task<Result<std::vector<PrivateJob>>> PrivateJobService::list(JobQuery query) {
  std::vector<PrivateJob> jobs;
  auto body = [&](Transaction& tx) { return select_jobs(tx, query, jobs); };
  CO_TRY_OK(co_await parts_.database.read(std::move(body)));
  co_return std::move(jobs);
}

// The command's row comes first, as for everybody who ends a job that has an open command. What its
// node is at may have been read as a stream already: its receipt decides what that costs.
Task<Result<JobWithEnvelopes>> PrivateJobService::cancel(std::string customer_id,
                                                         std::string name) {
  const auto now = parts_.clock.wall_ms();
  const Ending ending{CommandState::cancelled, now, kByCustomer};
  using Stopped = CommandService::Stopped;
  std::optional<PrivateJob> job;
  auto stopped = Stopped::not_open;
  auto body = [&](Transaction& tx) -> Task<Status> {
    stopped = Stopped::not_open;
    CO_TRY_OK(co_await select_job_of_customer(tx, customer_id, name, job));
    if (!job) co_return no_such_job();
    if (job->status == JobStatus::cancelled) co_return Status();
    if (!next_job_status(job->status, JobEvent::cancel)) co_return not_to_cancel(*job);
    CO_TRY_OK(co_await CommandService::stop_in(tx, job->command_id.text(), ending, stopped));
    if (stopped == Stopped::not_open) co_return not_to_cancel(*job);
    bool done = false;
    if (stopped == Stopped::ended)
      co_return co_await parts_.settlement.turn(tx, *job, JobEvent::cancel, kByCustomer, done);
    // Its lease had lapsed: the node has it once more, for the last time.
    if (stopped == Stopped::asked && job->status == JobStatus::queued)
      co_return co_await parts_.settlement.turn(tx, *job, JobEvent::lease, {}, done);
    co_return Status();
  };
  CO_TRY_OK(co_await parts_.database.write(std::move(body)));
  if (stopped == Stopped::asked || stopped == Stopped::ended)
    parts_.commands.announce(job->node_id.text());
  if (stopped == Stopped::ended) parts_.waiters.announce(job->command_id.text());
  const bool is_asked = stopped == Stopped::asked || stopped == Stopped::asked_before;
  co_return JobWithEnvelopes{*std::move(job), {}, {}, is_asked};
}

}  // namespace b3iq::control
