// A chat that asked for a stream, at work in the background: whoever reads it may wait for the next
// piece for a while, say something else, and wait on. One loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/cancel.h"
#include "base/task.h"
#include "client/jobs/begun_answer.h"
#include "client/jobs/customer_jobs.h"
#include "client/jobs/timed_wait.h"

namespace b3iq::client {

class ChatJob {
 public:
  // Runs the order until its answer begins or is there.
  using Run = std::function<base::Task<base::Result<StartedAnswer>>(
      const JobOrder& order, Tried& tried, base::CancelToken cancel)>;

  // `ended`: destroyed with the job, when nothing of it is at work any more.
  ChatJob(http::EventLoop& loop, JobOrder order, std::shared_ptr<void> ended)
      : ended_(std::move(ended)), order_(std::move(order)), changed_(loop) {}
  ChatJob(const ChatJob&) = delete;
  ChatJob& operator=(const ChatJob&) = delete;

  // Once. What `run` uses outlives the job.
  static void start(const std::shared_ptr<ChatJob>& job, const Run& run);
  // Once a stream has begun: brings the next piece. Not while one is under way.
  static void pull(const std::shared_ptr<ChatJob>& job);
  // Nobody reads it any more: what is under way ends soon, and the job is given up.
  void leave() { cancel_.cancel(); }

  // Until something has come that was waited for, or `ms`: then false.
  base::Task<bool> changed(std::int64_t ms) { return changed_.wait(ms); }

  // Null until it has begun, is whole, or has failed.
  base::Result<StartedAnswer>* started() { return started_ ? &*started_ : nullptr; }
  // Null until pull() has brought one.
  const base::Result<std::string_view>* piece() const { return piece_ ? &*piece_ : nullptr; }
  BegunAnswer& stream() { return *std::get<std::unique_ptr<BegunAnswer>>(started_->value()); }
  bool has_begun() const;
  const JobOrder& order() const { return order_; }
  const Tried& tried() const { return tried_; }

 private:
  static base::Task<void> run_start(std::shared_ptr<ChatJob> job, Run run);
  static base::Task<void> run_pull(std::shared_ptr<ChatJob> job);

  const std::shared_ptr<void> ended_;
  const JobOrder order_;
  base::CancelSource cancel_;
  TimedWait changed_;
  Tried tried_;
  std::optional<base::Result<StartedAnswer>> started_;
  std::optional<base::Result<std::string_view>> piece_;
};

}  // namespace b3iq::client
