// The requests that one worker has or will get, and the loops that wait for their answers.
//
// WorkerHub's mutex guards every call but post_wakes(). What moves an answer on (deliver, end,
// fail_*) and post_wakes() are for the hub's thread alone.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/executor.h"
#include "base/result.h"
#include "runtimes/embedded/answer_channel.h"
#include "runtimes/embedded/worker_frame.h"

namespace b3iq::runtimes {

class OpenAnswers {
 public:
  std::size_t size() const { return open_.size(); }
  bool empty() const { return open_.empty(); }
  bool contains(std::uint64_t id) const { return open_.contains(id); }

  // `unsent`: the request's frame while the worker cannot take it, else empty.
  std::shared_ptr<AnswerChannel> add(std::uint64_t id, std::string unsent, std::int64_t now_ms);
  // The answer is not wanted any more. True when the worker has its request and must be told.
  bool forget(std::uint64_t id);
  // The frames of all requests that wait for the worker, in order; it has them from now on.
  std::string take_unsent();

  enum class Delivery : std::uint8_t { taken, pause, ignored_pause };
  // Moves from `step`. An answer that was cancelled meanwhile has no channel; what still comes for
  // it is dropped.
  template <class Step>
  Delivery deliver(Step& step) {
    const auto found = open_.find(step.id);
    if (found == open_.end()) return Delivery::taken;
    const auto& channel = found->second.channel;
    std::size_t unread = 0;
    const bool pause = channel->push(std::move(step), unread);
    if (unread > kMaxUnreadBytes) return Delivery::ignored_pause;
    note_wake(channel);
    return pause ? Delivery::pause : Delivery::taken;
  }
  void finish(const FinishFrame& frame);
  void fail(std::uint64_t id, base::Error error);
  // Requests that the worker has not seen may wait for the next one: not `also_unsent`.
  void fail_all(const base::Error& error, bool also_unsent);
  void fail_opened_before(std::int64_t at_ms, const base::Error& error);

  // One wake-up per loop, however many of its answers moved.
  void post_wakes();

 private:
  struct Open {
    std::shared_ptr<AnswerChannel> channel;
    std::string unsent;
    std::int64_t opened_ms = 0;
  };

  std::shared_ptr<AnswerChannel> take(std::uint64_t id);
  template <class Chosen>
  void fail_if(const base::Error& error, Chosen chosen);
  void note_wake(const std::shared_ptr<AnswerChannel>& channel);

  std::map<std::uint64_t, Open> open_;
  // The hub's thread only.
  std::map<base::Executor*, std::vector<std::shared_ptr<AnswerChannel>>> wakes_;
};

}  // namespace b3iq::runtimes
