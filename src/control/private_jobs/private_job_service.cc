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

bool is_worth_telling(const PrivateJob& job) {
  return is_terminal(job.status) || job.status == JobStatus::awaiting_receipt;
}

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
    if (!is_worth_telling(job))
      co_await parts_.waiters.wait(job.command_id.text(), deadline_ns, cancel);
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

// The command's row comes first, as for everybody who ends a job that has an open command.
Task<Result<PrivateJob>> PrivateJobService::cancel(std::string customer_id, std::string name) {
  const Ending ending{CommandState::cancelled, parts_.clock.wall_ms(), kByCustomer};
  std::optional<PrivateJob> job;
  bool done = false;
  auto body = [&](Transaction& tx) -> Task<Status> {
    done = false;
    CO_TRY_OK(co_await select_job_of_customer(tx, customer_id, name, job));
    if (!job) co_return no_such_job();
    if (job->status == JobStatus::cancelled) co_return Status();
    if (!next_job_status(job->status, JobEvent::cancel)) co_return not_to_cancel(*job);
    CO_TRY_OK(co_await CommandService::end_in(tx, job->command_id.text(), ending, done));
    if (!done) co_return not_to_cancel(*job);
    co_return co_await parts_.settlement.turn(tx, *job, JobEvent::cancel, kByCustomer, done);
  };
  CO_TRY_OK(co_await parts_.database.write(std::move(body)));
  if (done) {
    parts_.commands.announce(job->node_id.text());
    parts_.waiters.announce(job->command_id.text());
  }
  co_return *std::move(job);
}

}  // namespace b3iq::control
