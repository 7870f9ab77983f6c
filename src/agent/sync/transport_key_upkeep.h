// What becomes of the transport key while the node is managed: the key before the last rotation is
// destroyed when its grace is over. Nothing of it is timed by itself: it looks after each
// heartbeat, taken or not. Loop thread only.
#pragma once

#include "agent/sync/enrollment_store.h"
#include "base/clock.h"

namespace b3iq::agent {

class TransportKeyUpkeep {
 public:
  // All of it outlives the upkeep.
  struct Needs {
    EnrollmentStore& store;
    const base::Clock& clock;
  };
  explicit TransportKeyUpkeep(const Needs& needs) : needs_(needs) {}

  // Begins what is due.
  void look();
  void close() { closed_ = true; }
  bool idle() const { return !working_; }

 private:
  base::Task<void> work();
  base::Task<void> destroy_old();

  Needs needs_;
  bool working_ = false;
  bool closed_ = false;
};

}  // namespace b3iq::agent
