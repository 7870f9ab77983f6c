// Customers' requests that wait on this replica for news of a private job: that it has ended or has
// an answer, or that its sealed stream has grown. So many of one customer and of one job may wait
// that nobody takes the places of the others. Loop thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "control/private_jobs/private_job_types.h"

namespace b3iq::control {

inline constexpr std::size_t kMaxWaitingForJobs = 10'000;
inline constexpr std::size_t kMaxWaitingOfCustomer = 512;
inline constexpr std::size_t kMaxWaitingForOneJob = 4;
inline constexpr std::int64_t kWaitingRetryMs = 5'000;

enum class JobNews : std::uint8_t {
  end,    // it has ended, or has an answer
  frames  // either that, or more of its stream is there
};

class JobPlace;
using JobPlaces = std::multimap<std::string, JobPlace*, std::less<>>;  // by command

class JobWaiters {
 public:
  explicit JobWaiters(const base::Clock& clock) : clock_(clock) {}

  // Whether one more of this customer may wait for this command. Error: rate_limited, with
  // retry_after_ms.
  base::Status check(std::string_view customer_id, std::string_view command_id) const;

  // Its job has ended or has an answer.
  void announce(std::string_view command_id);
  // Wakes those that know of less.
  void announce_frames(const StreamProgress& progress);
  // Ends the waits whose time is up.
  void tick();
  // The commands of those that have a place, each once.
  std::vector<std::string> waited_for() const;
  // The streams that are read, each once, with what the reader knows that knows least.
  std::vector<StreamProgress> streams_waited_for() const;
  std::size_t size() const { return places_.size(); }
  // Of them, those that read a stream.
  std::size_t readers() const { return readers_; }
  bool full() const { return closed_ || places_.size() >= kMaxWaitingForJobs; }
  bool closed() const { return closed_; }
  // Ends all waits; later ones end at once.
  void close();

 private:
  friend class JobPlace;

  const base::Clock& clock_;
  JobPlaces places_;
  std::map<std::string, std::size_t, std::less<>> of_customers_;  // places; none with 0
  std::size_t readers_ = 0;
  bool closed_ = false;
};

// Who waits for what.
struct JobWait {
  std::string customer_id;
  std::string command_id;
  JobNews news = JobNews::end;
};

// A place in the line for one command's news, from its making on: what is announced between two
// waits ends the second at once.
class JobPlace {
 public:
  // Where full() there is none, and its waits end at once. Nothing else is refused here: whoever
  // makes one has asked check() in the same turn of the loop.
  JobPlace(JobWaiters& waiters, JobWait wait);
  JobPlace(const JobPlace&) = delete;
  JobPlace& operator=(const JobPlace&) = delete;
  ~JobPlace();

  // Returns when there is news, at `deadline_ns` (steady; as late as the next tick()), when
  // `cancel` fires, or on close(). One wait at a time.
  base::Task<void> wait(std::int64_t deadline_ns, base::CancelToken cancel);
  // Frames before `next_frame` are no news.
  void saw(std::int64_t next_frame) { known_frame_ = std::max(known_frame_, next_frame); }

 private:
  friend class JobWaiters;
  void tell();
  void wake();

  JobWaiters& waiters_;
  const std::string customer_id_;
  const JobNews news_;
  JobPlaces::iterator place_;  // end(): none
  bool told_ = false;
  std::int64_t known_frame_ = 0;
  std::int64_t deadline_ns_ = 0;
  base::Arrival<bool>* arrival_ = nullptr;  // while it waits
};

}  // namespace b3iq::control
