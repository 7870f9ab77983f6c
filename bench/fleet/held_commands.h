// Commands that are queued at the admin API, taken by a node's long poll and answered with a signed
// result, and how long that takes.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "connections.h"
#include "figures.h"
#include "protocol/identity.h"
#include "protocol/messages/poll.h"
#include "signed_request.h"

namespace b3iq::fleet {

struct CommandPlan {
  std::int64_t count = 0;
  double per_second = 20;
  std::string credential;  // of an operator
};

// Uses two connections of its owner's: one for the admin API, one for results.
class HeldCommands {
 public:
  HeldCommands(const CommandPlan& plan, const Origin& origin,
               const std::vector<protocol::NodeIdentity>& nodes, Connections& connections,
               std::size_t admin_connection, std::size_t result_connection);

  // Queues the next command when it is due, and sends results that wait.
  void move(std::int64_t now_ns);
  // What a node's poll brought.
  void polled(std::size_t node, const protocol::PollAnswer& answer, std::int64_t now_ns);
  void queued(const Answer& answer, std::int64_t now_ns);
  void result_taken(const Answer& answer, std::int64_t now_ns);
  // Either connection is gone with its request.
  void lost() { ++outcomes_.lost; }
  bool done() const { return finished_ + outcomes_.lost + failed_ >= plan_.count; }
  // The member "commands" of an object that is open.
  void write(json::Writer& out);

 private:
  struct Waiting {
    std::string command_id;
    std::string request;
  };

  const CommandPlan& plan_;
  const Origin& origin_;
  const std::vector<protocol::NodeIdentity>& nodes_;
  Connections& connections_;
  std::size_t admin_connection_;
  std::size_t result_connection_;
  base::BufferedRandom random_;
  std::int64_t begun_ns_ = 0;
  std::int64_t asked_ = 0;
  std::int64_t failed_ = 0;
  std::int64_t finished_ = 0;
  std::int64_t again_ = 0;        // given a second time
  std::int64_t asked_at_ns_ = 0;  // of the one that is being queued
  // By node: a node has one command at a time.
  std::unordered_map<std::size_t, std::int64_t> asked_at_of_node_;
  std::unordered_map<std::string, std::int64_t> asked_at_of_command_;
  std::deque<Waiting> results_;
  std::string at_result_;
  Outcomes outcomes_;
  Durations accepted_;     // asked until the admin API answered
  Durations delivered_;    // asked until the node has it
  Durations finished_ms_;  // asked until its result was accepted
};

}  // namespace b3iq::fleet
