// The jobs of this node: queued, run one after the other (installs and pulls in one row, benchmarks
// in another), cancelled, tried again. Every change of state is durable before it is told; progress
// is not, the work itself knows how far it is. A job that runs when the node stops goes on when it
// starts. Loop thread only, but for load().
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/models/model_job.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "storage/database.h"

namespace b3iq::agent {

// Jobs that wait or run at most, and ended ones that are kept.
inline constexpr std::size_t kMaxOpenJobs = 32;
inline constexpr std::size_t kMaxEndedJobs = 200;

class ModelJobs {
 public:
  // Does the work of one job; its result as JSON. `job` stays where it is until the work has ended.
  using Work = std::function<base::Task<base::Result<std::string>>(const ModelJob& job,
                                                                   base::CancelToken cancel)>;
  // Removes what an unfinished job has left.
  using Discard = std::function<void(const ModelJob& job)>;

  ModelJobs(storage::Database& database, const base::Clock& clock, base::Random& random)
      : database_(database), clock_(clock), random_(random) {}

  // Before the loop runs; blocks.
  base::Status load();
  void on_work(JobKind kind, Work work) { work_[kind] = std::move(work); }
  void on_discard(Discard discard) { discard_ = std::move(discard); }
  // Takes up what was under way.
  void start();
  // Stops the work; the jobs stay as they are, to go on at the next start.
  void close();
  bool idle() const { return running_.empty() && writes_under_way_ == 0; }

  // `request` is a JSON object. Errors: conflict when a job for the model is open; overloaded.
  base::Task<base::Result<ModelJob>> add(JobKind kind, std::string model, std::string request);
  // Errors of the next three: not_found; conflict when the state does not allow it.
  base::Task<base::Result<ModelJob>> cancel(std::string id);
  // A failed or cancelled job again, from where it stopped.
  base::Task<base::Result<ModelJob>> resume(std::string id);
  // An ended job, with what it left.
  base::Task<base::Status> remove(std::string id);

  // Newest first.
  std::vector<ModelJob> list() const;
  base::Result<ModelJob> find(std::string_view id) const;
  void progress(std::string_view id, JobProgress progress);
  // Rises with every change of any job, progress included.
  std::uint64_t revision() const { return revision_; }
  // `visit(const ModelJob&)`, oldest first.
  template <class F>
  void each(F visit) const {
    for (const auto& [id, job] : jobs_) visit(std::as_const(*job));
  }

 private:
  struct Running {
    base::CancelSource cancel;
    bool cancelled_by_owner = false;
  };
  using JobPointer = std::shared_ptr<ModelJob>;

  void touch(ModelJob& job) { job.revision = ++revision_; }
  base::Result<JobPointer> get(std::string_view id) const;
  base::Task<base::Status> save(const ModelJob& job, bool is_new);
  base::Task<base::Status> change(JobPointer job, JobState state);
  base::Task<base::Status> erase(JobPointer job);
  base::Task<base::Status> drop_oldest();
  bool lane_busy(JobKind kind) const;
  void run_next();
  base::Task<void> run(JobPointer job);
  base::Task<void> finish(JobPointer job, const Running& running,
                          base::Result<std::string> outcome);

  storage::Database& database_;
  const base::Clock& clock_;
  base::Random& random_;
  std::map<std::string, JobPointer, std::less<>> jobs_;  // by id, so by age
  std::map<std::string, Running, std::less<>> running_;
  std::map<JobKind, Work> work_;
  Discard discard_;
  bool closed_ = true;
  int writes_under_way_ = 0;
  std::uint64_t revision_ = 0;
};

}  // namespace b3iq::agent
