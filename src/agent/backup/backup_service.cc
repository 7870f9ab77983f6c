#include "agent/backup/backup_service.h"

#include <algorithm>

#include "agent/backup/backup_archive.h"
#include "agent/backup/pending_restore.h"
#include "base/log.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

void log_end(const BackupJob& job) {
  base::log(base::LogLevel::info, "backup.ended",
            {{"id", std::string_view(job.order.id)},
             {"state", backup_state_name(job.state)},
             {"code", std::string_view(job.error_code)}});
}

}  // namespace

void BackupService::start() {
  if (!left_over_ || closed_) return;
  auto order = *std::exchange(left_over_, std::nullopt);
  // The process ended between the last file and the order's removal.
  if (backup_folder(home_, order.id).ok()) {
    [[maybe_unused]] const auto removed = remove_backup_order(home_);
    return;
  }
  base::detach(make(begin(std::move(order))));
}

void BackupService::close() {
  closed_ = true;
  if (making_) making_->progress->is_over = true;
}

std::uint64_t BackupService::revision() {
  if (!making_) return revision_;
  auto& job = *making_->job;
  const auto done = making_->progress->done_bytes.load();
  const auto total = making_->progress->total_bytes.load();
  if (total < 0 || (job.total_bytes == total && job.done_bytes == done)) return revision_;
  job.done_bytes = done;
  job.total_bytes = total;
  touch(job);
  return revision_;
}

Status BackupService::nothing_is_made() const {
  if (closed_) return Error(ErrorCode::shutting_down, "The node is stopping.");
  if (!making_) return {};
  return Error(ErrorCode::conflict, "A backup is being made. Wait until it is done, or cancel it.");
}

Status BackupService::is_done(std::string_view id) const {
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || found->second->state == BackupState::done) return {};
  return Error(ErrorCode::conflict, "This backup is not made yet, or was not made at all.");
}

Task<Result<std::vector<BackupJob>>> BackupService::list() {
  auto work = [home = home_] { return list_backups(home); };
  auto kept = co_await looks_.run(std::move(work));
  revision();
  std::vector<BackupJob> all;
  all.reserve(kept.size() + jobs_.size());
  for (auto& backup : kept) all.push_back(done_job(std::move(backup)));
  for (const auto& [id, job] : jobs_)
    if (job->state != BackupState::done) all.push_back(*job);
  const auto id_of = [](const BackupJob& job) { return std::string_view(job.order.id); };
  std::ranges::sort(all, std::ranges::greater(), id_of);
  // Done between the look at the disk and now.
  const auto twice = std::ranges::unique(all, {}, id_of);
  all.erase(twice.begin(), twice.end());
  co_return all;
}

Task<Result<BackupJob>> BackupService::find(std::string id) {
  revision();
  if (const auto found = jobs_.find(id);
      found != jobs_.end() && found->second->state != BackupState::done)
    co_return *found->second;
  auto work = [home = home_, id] { return look_at_backup(home, id); };
  CO_TRY(auto kept, co_await looks_.run(std::move(work)));
  co_return done_job(std::move(kept));
}

BackupService::JobPointer BackupService::begin(BackupOrder order) {
  auto job = std::make_shared<BackupJob>();
  job->order = std::move(order);
  making_ = Making{job};
  return job;
}

Task<Result<BackupJob>> BackupService::create(WithIdentity identity, std::string actor) {
  CO_TRY_OK(nothing_is_made());
  const auto now = clock_.wall_ms();
  const auto job = begin({"bak_" + base::make_ulid(now, random_), identity, std::move(actor), now});
  audit_.note({job->order.actor, "backup.asked", job->order.id});
  auto kept = co_await audit_.noted();
  if (!kept.ok()) {
    kept = Error(ErrorCode::storage_failed,
                 "No backup was begun: the audit log cannot be written. Free some disk space, "
                 "then try again.");
  } else {
    auto work = [home = home_, order = job->order] { return write_backup_order(home, order); };
    kept = co_await thread_.run(std::move(work));
  }
  if (!kept.ok()) {
    making_.reset();
    co_return std::move(kept).error();
  }
  base::detach(make(job));
  co_return *job;
}

Task<void> BackupService::make(JobPointer job) {
  jobs_.emplace(job->order.id, job);
  touch(*job);
  auto work = [home = home_, order = job->order, progress = making_->progress] {
    const auto watch = [&progress](std::int64_t done, std::int64_t total) {
      progress->done_bytes = done;
      progress->total_bytes = total;
      return !progress->is_over;
    };
    return keep_backup(home, order.id, order.identity, watch);
  };
  auto made = co_await thread_.run(std::move(work));
  // A node that stops leaves the order, and the next start takes it up.
  const bool goes_on_later = closed_ && !made.ok() && !making_->cancelled_by_owner;
  if (!goes_on_later) co_await end(*job, std::move(made));
  making_.reset();
}

Task<void> BackupService::end(BackupJob& job, Result<KeptBackup> made) {
  auto work = [home = home_] { return remove_backup_order(home); };
  const auto removed = co_await thread_.run(std::move(work));
  if (!removed.ok())
    base::log(base::LogLevel::warn, "backup.order_stays", {{"reason", removed.error().detail}});
  if (made.ok()) {
    const auto order = job.order;
    job = done_job(std::move(made).value());
    job.order = order;
    audit_.note({order.actor, "backup.created", order.id});
  } else if (making_->cancelled_by_owner) {
    job.state = BackupState::cancelled;
  } else {
    job.state = BackupState::failed;
    job.error_code = base::error_info(made.error().code).wire_name;
    job.error_detail = made.error().detail;
  }
  touch(job);
  log_end(job);
  forget_oldest();
}

void BackupService::forget_oldest() {
  std::size_t done = 0;
  std::size_t without = 0;
  for (auto at = jobs_.end(); at != jobs_.begin();) {
    --at;
    const auto state = at->second->state;
    if (state == BackupState::making) continue;
    const bool is_one_too_many =
        state == BackupState::done ? ++done > kMaxKeptBackups : ++without > kMaxEndedBackupJobs;
    if (is_one_too_many) at = jobs_.erase(at);
  }
}

Task<Result<BackupJob>> BackupService::cancel(std::string id) {
  if (!making_ || making_->job->order.id != id) {
    CO_TRY(const auto job, co_await find(std::move(id)));
    co_return Error(ErrorCode::conflict, std::string("The backup has ended: it is ")
                                             .append(backup_state_name(job.state))
                                             .append("."));
  }
  making_->cancelled_by_owner = true;
  making_->progress->is_over = true;
  co_return *making_->job;
}

Task<Status> BackupService::remove(std::string id, std::string actor) {
  if (making_ && making_->job->order.id == id) {
    co_return Error(ErrorCode::conflict, "This backup is being made. Cancel it first.");
  }
  const auto found = jobs_.find(id);
  const bool is_kept = found == jobs_.end() || found->second->state == BackupState::done;
  if (is_kept) {
    auto work = [home = home_, id] { return drop_backup(home, id); };
    CO_TRY_OK(co_await thread_.run(std::move(work)));
  }
  jobs_.erase(id);
  ++revision_;
  if (!is_kept) co_return Status();
  audit_.note({std::move(actor), "backup.removed", std::move(id)});
  CO_TRY_OK(co_await audit_.noted());
  co_return Status();
}

Task<Result<std::unique_ptr<http::BodySource>>> BackupService::archive(std::string id,
                                                                       std::string actor) {
  CO_TRY_OK(is_done(id));
  auto work = [home = home_, id] { return open_archive(home, id); };
  CO_TRY(auto files, co_await looks_.run(std::move(work)));
  audit_.note({std::move(actor), "backup.downloaded", std::move(id)});
  CO_TRY_OK(co_await audit_.noted());
  co_return stream_archive(std::move(files));
}

Task<Status> BackupService::prepare_restore(std::string id, std::string actor, StartFacts facts,
                                            std::string listen_flag) {
  CO_TRY_OK(is_done(id));
  CO_TRY_OK(nothing_is_made());
  CO_TRY(const auto newest, co_await audit_.list(0, 1));
  RestoreOrder order{.backup = std::move(id),
                     .folder = {},
                     .actor = std::move(actor),
                     .asked_behind_seq = newest.empty() ? 0 : newest.front().seq,
                     .listen_flag = std::move(listen_flag)};
  auto work = [home = home_, order = std::move(order),
               facts = std::move(facts)]() mutable -> Status {
    TRY(order.folder, backup_folder(home, order.backup));
    return lay_ready(facts, order);
  };
  co_return co_await thread_.run(std::move(work));
}

}  // namespace b3iq::agent
