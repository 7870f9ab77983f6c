// Backups for the owner, through the API: made, listed, read as an archive, removed, restored in
// place. Making one is a job: asked for, told how far it is, cancelled. The work on files is done
// beside the loop. Loop thread.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/audit/audit_log.h"
#include "agent/backup/backup_job.h"
#include "agent/upkeep/side_thread.h"
#include "agent/upkeep/start_check.h"
#include "base/clock.h"
#include "base/random.h"
#include "http/message.h"

namespace b3iq::agent {

// Jobs that have ended without a backup are shown until they are removed; the oldest go first. Of
// those with one, as many are remembered as the shelf holds: what is forgotten is told as removed.
inline constexpr std::size_t kMaxEndedBackupJobs = 20;

class BackupService {
 public:
  BackupService(Home home, std::string node_id, AuditLog& audit, const base::Clock& clock,
                base::Random& random)
      : home_(std::move(home)),
        node_id_(std::move(node_id)),
        audit_(audit),
        clock_(clock),
        random_(random) {}

  // Before the loop runs; blocks.
  void load() { left_over_ = read_backup_order(home_); }
  // Takes up what was under way when the node stopped.
  void start();
  // Ends the work; the backup is made at the next start.
  void close();
  bool idle() const { return !making_ && thread_.idle() && looks_.idle(); }

  // Newest first.
  base::Task<base::Result<std::vector<BackupJob>>> list();
  // Error: not_found.
  base::Task<base::Result<BackupJob>> find(std::string id);
  // Durable on return, and under way. Errors: conflict while another one is made; storage_failed.
  // Those of keep_backup are the job's.
  base::Task<base::Result<BackupJob>> create(WithIdentity identity, std::string actor);
  // Asks the work to end. Errors: not_found; conflict when it has ended.
  base::Task<base::Result<BackupJob>> cancel(std::string id);
  // Errors: conflict while it is made; those of drop_backup.
  base::Task<base::Status> remove(std::string id, std::string actor);
  // A tar archive of the backup's folder. Errors: conflict when it is not done; not_found.
  base::Task<base::Result<std::unique_ptr<http::BodySource>>> archive(std::string id,
                                                                      std::string actor);
  // Lays it ready for the next start. Errors: conflict when it is not done, or another one is made;
  // those of lay_ready.
  base::Task<base::Status> prepare_restore(std::string id, std::string actor, StartFacts facts,
                                           std::string listen_flag);

  const std::string& node_id() const { return node_id_; }
  // Rises with every change of the jobs of this process. Looks how far the present one is.
  std::uint64_t revision();
  // `visit(const BackupJob&)`, oldest first: the jobs of this process.
  template <class F>
  void each(F visit) const {
    for (const auto& [id, job] : jobs_) visit(std::as_const(*job));
  }

 private:
  using JobPointer = std::shared_ptr<BackupJob>;
  // Between the loop and the thread that copies.
  struct Progress {
    std::atomic<std::int64_t> done_bytes{0};
    std::atomic<std::int64_t> total_bytes{-1};
    std::atomic<bool> is_over{false};  // nobody wants it any more
  };
  struct Making {
    JobPointer job;
    std::shared_ptr<Progress> progress = std::make_shared<Progress>();
    bool cancelled_by_owner = false;
  };

  void touch(BackupJob& job) { job.revision = ++revision_; }
  base::Status nothing_is_made() const;
  base::Status is_done(std::string_view id) const;
  JobPointer begin(BackupOrder order);
  base::Task<void> make(JobPointer job);
  base::Task<void> end(BackupJob& job, base::Result<KeptBackup> made);
  void forget_oldest();

  Home home_;
  std::string node_id_;
  AuditLog& audit_;
  const base::Clock& clock_;
  base::Random& random_;
  std::optional<BackupOrder> left_over_;
  std::optional<Making> making_;
  std::map<std::string, JobPointer, std::less<>> jobs_;  // of this process, by id, so by age
  std::uint64_t revision_ = 0;
  bool closed_ = false;
  SideThread thread_;  // what writes
  SideThread looks_;   // what only reads waits for no backup that is being made
};

}  // namespace b3iq::agent
