#include "control/private_jobs/job_upkeep.h"

#include <fmt/format.h>

#include "control/commands/command_clock.h"
#include "control/private_jobs/frame_store.h"
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
constexpr std::string_view kStale = "It stood still beyond its time.";
constexpr std::string_view kNoReceipt = "No receipt that counts came in time.";

StaleBefore stale_before(std::int64_t now_ms) {
  return {now_ms - kPrivateJobLifeMs - kStaleMarginMs, now_ms - kReceiptWindowMs};
}

JobEvent event_of(const PrivateJob& job) {
  return job.status == JobStatus::awaiting_receipt ? JobEvent::fail : JobEvent::expire;
}

}  // namespace

Task<Status> JobUpkeep::look() {
  parts_.waiters.tick();
  if (parts_.waiters.size() == 0) co_return Status();
  const auto waited_for = parts_.waiters.waited_for(JobNews::end);
  const auto streamed = parts_.waiters.waited_for(JobNews::frames);
  const auto since_ms = parts_.clock.wall_ms() - kReplicaSkewMs;
  std::vector<std::string> answered;
  std::vector<std::string> grown;
  auto body = [&](Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await select_answered(tx, waited_for, answered));
    co_return co_await select_grown_streams(tx, streamed, since_ms, grown);
  };
  CO_TRY_OK(co_await parts_.database.read(std::move(body)));
  for (const auto& id : answered) parts_.waiters.announce(id);
  for (const auto& id : grown) parts_.waiters.announce_frames(id);
  co_return Status();
}

Task<Result<std::vector<RecoveredJob>>> JobUpkeep::recover(Doing doing, std::string actor) {
  const auto before = stale_before(parts_.clock.wall_ms());
  std::vector<PrivateJob> stale;
  auto look = [&](Transaction& tx) {
    return select_stale_jobs(tx, before, kMaxRecoveredAtOnce, stale);
  };
  CO_TRY_OK(co_await parts_.database.read(std::move(look)));
  std::vector<RecoveredJob> out;
  for (auto& job : stale) {
    const auto ends_as = next_job_status(job.status, event_of(job)).value_or(job.status);
    out.push_back({std::move(job), ends_as, false});
  }
  if (doing == Doing::dry_run) co_return out;
  for (auto& one : out) CO_TRY_OK(co_await recover_one(one, actor));
  co_return out;
}

// The command's row comes first, as for everybody who ends a job that has an open command.
Task<Status> JobUpkeep::recover_one(RecoveredJob& one, const std::string& actor) {
  const auto now = parts_.clock.wall_ms();
  const auto event = event_of(one.job);
  const auto failure = event == JobEvent::fail ? kNoReceipt : kStale;
  const Ending ending{CommandState::expired, now, failure};
  const AuditAct act{actor, "private_job.recovered", one.job.id.text()};
  auto body = [&](Transaction& tx) -> Task<Status> {
    one.done = false;
    bool is_open = false;
    if (event == JobEvent::expire) {
      CO_TRY_OK(co_await CommandService::expire_in(tx, one.job.command_id.text(), ending, is_open));
    }
    // What its node has made may still come.
    if (is_open) co_return Status();
    // As it stands now: it may have gone on since the look.
    std::optional<PrivateJob> job;
    CO_TRY_OK(co_await select_job(tx, one.job.id.text(), job));
    if (!job) co_return Status();
    CO_TRY_OK(co_await parts_.settlement.turn(tx, *job, event, failure, one.done));
    if (!one.done) co_return Status();
    co_return co_await parts_.audit.append(tx, act);
  };
  CO_TRY_OK(co_await parts_.database.write(std::move(body)));
  if (one.done) {
    parts_.commands.announce(one.job.node_id.text());
    parts_.waiters.announce(one.job.command_id.text());
  }
  co_return Status();
}

Task<Result<PurgeReport>> JobUpkeep::purge(Doing doing, std::int64_t kept_ms, std::string actor) {
  if (kept_ms < kMinEnvelopesKeptMs) {
    co_return Error(ErrorCode::invalid_request,
                    "Envelopes are kept for at least an hour, so that customers can read them.",
                    "older_than");
  }
  const auto now = parts_.clock.wall_ms();
  const auto before = now - kept_ms;
  PurgeReport report;
  auto body = [&](Transaction& tx) -> Task<Status> {
    report = {};
    std::vector<PurgeableJob> jobs;
    CO_TRY_OK(co_await select_purgeable_jobs(tx, before, kMaxPurgedAtOnce, jobs));
    report.more = std::ssize(jobs) == kMaxPurgedAtOnce;
    if (doing == Doing::dry_run) {
      report.jobs = std::ssize(jobs);
      co_return Status();
    }
    for (const auto& job : jobs) {
      bool done = false;
      CO_TRY_OK(co_await purge_job(tx, job, now, done));
      if (done) ++report.jobs;
    }
    if (report.jobs == 0) co_return Status();
    const AuditAct act{
        actor, "private_jobs.purged",
        fmt::format("{} ended before {}", report.jobs, base::format_rfc3339(before))};
    co_return co_await parts_.audit.append(tx, act);
  };
  if (doing == Doing::dry_run) {
    CO_TRY_OK(co_await parts_.database.read(std::move(body)));
  } else {
    CO_TRY_OK(co_await parts_.database.write(std::move(body)));
  }
  co_return report;
}

Task<std::optional<JobCounts>> JobUpkeep::open_jobs() {
  const auto now = parts_.clock.steady_ns();
  const bool fresh = counts_ && now - counted_at_ns_ < kJobCountsFreshMs * kNsPerMs;
  if (fresh || counting_) co_return counts_;
  counting_ = true;
  JobCounts counts{};
  auto body = [&counts](Transaction& tx) { return count_open_jobs(tx, counts); };
  const auto counted = co_await parts_.database.read(std::move(body));
  counting_ = false;
  if (counted.ok()) {
    counts_ = counts;
    counted_at_ns_ = now;
  }
  co_return counts_;
}

Task<Status> JobUpkeep::tidy() {
  const std::string actor(kProgramActor);
  CO_TRY([[maybe_unused]] const auto recovered, co_await recover(Doing::really, actor));
  CO_TRY([[maybe_unused]] const auto purged,
         co_await purge(Doing::really, kEnvelopesKeptMs, actor));
  const auto before = parts_.clock.wall_ms() - kIdempotencyKeptMs;
  const auto streams_before = parts_.clock.wall_ms() - kFramesKeptMs;
  auto forget = [=](Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await delete_old_streams(tx, streams_before, kMaxPurgedAtOnce));
    co_return co_await forget_idempotency(tx, before, kMaxPurgedAtOnce);
  };
  co_return co_await parts_.database.write(std::move(forget));
}

}  // namespace b3iq::control
