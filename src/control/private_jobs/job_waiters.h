// Customers' requests that wait on this replica for news of a private job: that it has ended or has
// an answer, or that its sealed stream has grown. Loop thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/task.h"

namespace b3iq::control {

inline constexpr std::size_t kMaxWaitingForJobs = 10'000;

enum class JobNews : std::uint8_t {
  end,    // it has ended, or has an answer
  frames  // either that, or more of its stream is there
};

class JobPlace;
using JobPlaces = std::multimap<std::string, JobPlace*, std::less<>>;  // by command

class JobWaiters {
 public:
  explicit JobWaiters(const base::Clock& clock) : clock_(clock) {}

  // Its job has ended or has an answer.
  void announce(std::string_view command_id);
  void announce_frames(std::string_view command_id);
  // Ends the waits whose time is up.
  void tick();
  // The commands of those that have a place, each once.
  std::vector<std::string> waited_for(JobNews news) const;
  std::size_t size() const { return places_.size(); }
  bool full() const { return closed_ || places_.size() >= kMaxWaitingForJobs; }
  bool closed() const { return closed_; }
  // Ends all waits; later ones end at once.
  void close();

 private:
  friend class JobPlace;

  const base::Clock& clock_;
  JobPlaces places_;
  bool closed_ = false;
};

// A place in the line for one command's news, from its making on: what is announced between two
// waits ends the second at once.
class JobPlace {
 public:
  // Where full() there is none, and its waits end at once.
  JobPlace(JobWaiters& waiters, std::string command_id, JobNews news);
  JobPlace(const JobPlace&) = delete;
  JobPlace& operator=(const JobPlace&) = delete;
  ~JobPlace();

  // Returns when there is news, at `deadline_ns` (steady; as late as the next tick()), when
  // `cancel` fires, or on close(). One wait at a time.
  base::Task<void> wait(std::int64_t deadline_ns, base::CancelToken cancel);

 private:
  friend class JobWaiters;
  void tell();
  void wake();

  JobWaiters& waiters_;
  const JobNews news_;
  JobPlaces::iterator place_;  // end(): none
  bool told_ = false;
  std::int64_t deadline_ns_ = 0;
  base::Arrival<bool>* arrival_ = nullptr;  // while it waits
};

}  // namespace b3iq::control
