// What is done to private jobs by time or by an operator: waits that are over, reservations that
// are stale, envelopes that are old. Any number of replicas do it side by side. Loop thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "control/audit/audit_trail.h"
#include "control/commands/command_service.h"
#include "control/private_jobs/job_settlement.h"
#include "control/private_jobs/job_waiters.h"
#include "control/private_jobs/private_job_types.h"
#include "storage/database.h"

namespace b3iq::control {

// In one go of each kind; the next one goes on.
inline constexpr std::int64_t kMaxRecoveredAtOnce = 200;
inline constexpr std::int64_t kMaxPurgedAtOnce = 500;

inline constexpr std::int64_t kJobCountsFreshMs = 5'000;
using JobCounts = std::array<std::int64_t, kJobStatuses>;  // by JobStatus

enum class Doing : std::uint8_t { dry_run, really };

struct RecoveredJob {
  PrivateJob job;     // as it was found
  JobStatus ends_as;  // what it becomes, or would
  bool done = false;  // false in a dry run, when somebody was faster, and while its node has time
};
struct PurgeReport {
  std::int64_t jobs = 0;  // purged, or that would be
  bool more = false;      // there are more than were looked at
};

class JobUpkeep {
 public:
  struct Parts {
    storage::Database& database;
    const AuditLog& audit;
    const base::Clock& clock;
    CommandService& commands;
    const JobSettlement& settlement;
    JobWaiters& waiters;
  };
  explicit JobUpkeep(Parts parts) : parts_(parts) {}

  // Errors of all: those of the database.
  //
  // Ends waits whose time is up, and those whose job another replica has ended or brought frames
  // of.
  base::Task<base::Status> look();
  // Releases reservations of jobs that stand still: queued, claimed or running beyond
  // kPrivateJobLifeMs, or without a receipt beyond kReceiptWindowMs. Each is audited. One whose
  // node has its last lease, or the time in which it stops, is left until that is over.
  base::Task<base::Result<std::vector<RecoveredJob>>> recover(Doing doing, std::string actor);
  // Empties the envelopes of jobs that ended more than `kept_ms` ago; everything else of them
  // stays. Audited once. Error also: invalid_request below kMinEnvelopesKeptMs.
  base::Task<base::Result<PurgeReport>> purge(Doing doing, std::int64_t kept_ms, std::string actor);
  // Open jobs by status, of the whole control plane; counted again after kJobCountsFreshMs. While
  // one call counts, or counting fails, the last count stands. nullopt: none has come yet.
  base::Task<std::optional<JobCounts>> open_jobs();
  // What time does: both of these, sealed streams of jobs that ended kFramesKeptMs ago, keys of
  // requests that are too old.
  base::Task<base::Status> tidy();

 private:
  base::Task<base::Status> recover_one(RecoveredJob& one, const std::string& actor);

  const Parts parts_;
  bool counting_ = false;
  std::optional<JobCounts> counts_;
  std::int64_t counted_at_ns_ = 0;
};

}  // namespace b3iq::control
