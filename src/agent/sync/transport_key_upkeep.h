// What becomes of the transport key while the node is managed: the key before the last rotation is
// destroyed when its grace is over, and the binding is renewed long before its end, by enrolling
// again without a token. Nothing of it is timed by itself: it looks after each heartbeat, taken or
// not. Loop thread only.
#pragma once

#include <functional>
#include <optional>

#include "agent/sync/enrollment_store.h"
#include "agent/sync/heartbeat_loop.h"
#include "agent/sync/node_enrollment.h"
#include "base/clock.h"

namespace b3iq::agent {

// A binding is tried again this much later, a tenth more or less; a quarter of its life is left.
inline constexpr std::int64_t kRenewAgainMs = 3'600'000;

class TransportKeyUpkeep {
 public:
  // All of it outlives the upkeep.
  struct Needs {
    EnrollmentStore& store;
    ControlClient& client;
    ControlLink& link;
    WakeClock& wake;
    const base::Clock& clock;
    base::Random& random;
    const protocol::NodeIdentity& identity;
    const NodeView& view;
    std::int64_t boot_epoch;
    std::function<void()> changed;  // what error() says
  };
  explicit TransportKeyUpkeep(Needs needs) : needs_(std::move(needs)) {}

  // Begins what is due. Bindings are renewed only while heartbeats are taken.
  void look(const LinkReport& link);
  // Ends a request that is under way; idle() when that is done.
  void close() { closing_.cancel(); }
  bool idle() const { return !working_; }
  // Why the binding was not renewed, the last time that it was due.
  const std::optional<base::Error>& error() const { return error_; }

 private:
  bool should_renew(const LinkReport& link) const;
  base::Task<void> work(bool destroy, bool renew);
  base::Task<void> destroy_old();
  base::Task<void> renew();
  base::Task<base::Status> renew_once();
  void set_error(std::optional<base::Error> error);

  Needs needs_;
  base::CancelSource closing_;
  std::optional<base::Error> error_;
  // Of the key of the last try, by `wake`: not before. Another key does not wait for it.
  std::int64_t next_renewal_ms_ = 0;
  int tried_rotations_ = 0;  // how many there had been at the last try
  bool working_ = false;
};

}  // namespace b3iq::agent
