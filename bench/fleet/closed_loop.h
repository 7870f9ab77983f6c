// A load in a closed loop: every connection asks for its next node as soon as its last request is
// answered. Connections and nodes are matched once, so that no node has two requests under way.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "connections.h"
#include "figures.h"

namespace b3iq::fleet {

struct LoopOptions {
  sockaddr_in server{};
  std::int64_t nodes = 1;
  std::int64_t connections = 64;  // at most `nodes`
  double seconds = 2;
  std::int64_t rate = 0;    // requests/s at most, evenly; 0: no bound
  bool until_lost = false;  // ends with the first connection that is lost, which is no failure
};

// What a loop asks, and what it makes of the answers.
class LoopTalk {
 public:
  virtual ~LoopTalk() = default;
  // No request of `node` is left: the loop ends.
  virtual bool used_up(std::size_t node) const = 0;
  // Its next request. The bytes hold until the next call.
  virtual std::string_view take(std::size_t node) = 0;
  // An answer with status 200, before the next request goes out. `in_time`: within the seconds.
  virtual void accepted(std::string_view body, bool in_time) = 0;
};

class ClosedLoop final : public AnswerHandler {
 public:
  ClosedLoop(const LoopOptions& options, LoopTalk& talk);

  // Returns when the time is over and the last answers came, or were waited for in vain.
  void run();

  // How long it asked, and how long until the last answer.
  double seconds_asked() const { return static_cast<double>(ended_ - begun_) / 1e9; }
  double seconds_answered() const { return static_cast<double>(last_answer_ - begun_) / 1e9; }
  std::int64_t accepted() const { return outcomes_.accepted; }
  // Members of an object that is open: outcomes of requests, their latency, whether a node had no
  // request left.
  void write(json::Writer& out);

  void answered(std::size_t connection, const Answer& answer) override;
  void lost(std::size_t connection, bool asked) override;

 private:
  // How many may have been sent by now.
  std::int64_t allowed() const;
  void ask_all();
  void ask(std::size_t connection);
  void end_if_lost();

  const LoopOptions options_;
  LoopTalk& talk_;
  Connections connections_;
  std::vector<std::int64_t> asked_at_;
  std::vector<std::size_t> turn_;  // of each connection: its next node
  std::deque<std::size_t> idle_;
  std::int64_t begun_ = 0;
  std::int64_t deadline_ = 0;
  std::int64_t ended_ = 0;
  std::int64_t last_answer_ = 0;
  std::int64_t sent_ = 0;
  std::int64_t open_ = 0;
  bool ran_out_ = false;
  Outcomes outcomes_;
  Durations latency_;
};

}  // namespace b3iq::fleet
