// Brings results to the control plane, one after the other, until it has taken them. What it does
// not take because the lease was lost waits for a new lease. Loop thread only.
#pragma once

#include <memory>
#include <set>

#include "agent/sync/backoff.h"
#include "agent/sync/command_journal.h"
#include "agent/sync/control_link.h"

namespace b3iq::agent {

class ResultSender {
 public:
  ResultSender(ControlLink& link, CommandJournal& journal, WakeClock& wake, base::Random& random);

  // Called when a result was taken, or given up.
  void on_change(std::function<void()> changed) { changed_ = std::move(changed); }
  void start();
  void close();
  bool idle() const { return !running_ && noting_.empty(); }
  // There is one to bring, and the last try has not failed.
  bool bringing() const { return running_ && backoff_.failures() == 0 && next() != nullptr; }
  // There is a result more, or a new lease for one.
  void look() { timer_->wake(); }
  // A result that is there, or will be, is brought behind release() and not before.
  void hold(const protocol::CommandId& id) { held_.insert(id); }
  void release(const protocol::CommandId& id) {
    held_.erase(id);
    look();
  }
  void heartbeat_taken() {
    if (backoff_.failures() > 0 && !advised_) timer_->wake();
  }

 private:
  base::Task<void> run();
  const CommandEntry* next() const;
  // A result that was on its way.
  struct Sent {
    protocol::CommandId id;
    protocol::LeaseToken lease;
    base::Status status;
  };
  base::Task<base::Status> send(protocol::CommandId id);
  // How long to wait before the next one; 0: not at all.
  base::Task<std::int64_t> settle(Sent sent);
  // Writes down that it was taken, while the next one is on its way.
  base::Task<void> note_delivered(Sent sent);

  ControlLink& link_;
  CommandJournal& journal_;
  WakeClock& wake_;
  std::unique_ptr<WakeTimer> timer_;
  Backoff backoff_;
  base::CancelSource closing_;
  std::function<void()> changed_;
  std::set<protocol::CommandId> held_;
  std::set<protocol::CommandId> noting_;  // taken, and not written down yet
  std::int64_t not_noted_ms_ = 0;         // one could not be written down: a pause
  bool advised_ = false;                  // the control plane said when to come back
  bool running_ = false;
};

}  // namespace b3iq::agent
