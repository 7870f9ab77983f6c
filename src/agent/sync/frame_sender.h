// Brings sealed pieces of answers to the control plane while they are made, those of all jobs
// together, one request at a time. No job waits for a control plane that does not take them: while
// that is so, streams are given up as they begin. Loop thread only.
#pragma once

#include <memory>

#include "agent/private_jobs/frame_outbox.h"
#include "agent/sync/backoff.h"
#include "agent/sync/control_link.h"

namespace b3iq::agent {

// Between the beginnings of two requests, at least: a control plane counts what a node asks
// (control: kFrameRequestsPerMinute), and every request is a commit there.
inline constexpr std::int64_t kFramesPauseMs = 50;

class FrameSender {
 public:
  struct Needs {
    ControlLink& link;
    FrameOutbox& outbox;
    WakeClock& wake;
    base::Random& random;
  };
  explicit FrameSender(const Needs& needs);
  ~FrameSender();

  void start();
  // What is on its way is given up.
  void close();
  // As CommandLoop.
  void heartbeat_taken();
  bool idle() const { return !running_; }

 private:
  base::Task<void> run();
  base::Task<base::Status> send(const std::vector<protocol::StreamFrames>& streams);
  base::Task<void> rest(std::int64_t until_ms);
  // How long to wait before the next request.
  std::int64_t settle(const base::Status& sent, const std::vector<protocol::StreamFrames>& streams);
  std::int64_t failed(const base::Error& error);

  const Needs needs_;
  std::unique_ptr<WakeTimer> timer_;
  Backoff backoff_;
  base::CancelSource closing_;
  std::size_t alone_ = 0;  // so many requests have one stream each
  bool advised_ = false;   // the control plane said when to come back
  bool resumes_ = false;
  bool running_ = false;
};

}  // namespace b3iq::agent
