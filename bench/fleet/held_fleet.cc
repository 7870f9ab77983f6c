#include "held_fleet.h"

#include <algorithm>
#include <csignal>
#include <deque>
#include <fstream>
#include <queue>
#include <random>
#include <utility>
#include <vector>

#include "figures.h"
#include "fleet_node.h"
#include "held_commands.h"
#include "protocol/messages/managed_paths.h"
#include "protocol/messages/poll.h"

namespace b3iq::fleet {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kTickNs = kNsPerMs;
constexpr std::int64_t kSteadyLookNs = 20 * kNsPerMs;
constexpr std::int64_t kStartPatienceNs = 120 * kNsPerSecond;
constexpr std::int64_t kLastAnswersNs = 5 * kNsPerSecond;
constexpr double kPollSeconds = protocol::kMaxPollWaitSeconds;

volatile std::sig_atomic_t told_of_outage = 0;
volatile std::sig_atomic_t told_to_end = 0;

Call poll_call(const protocol::NodeIdentity& node, std::int64_t cursor) {
  protocol::PollRequest poll;
  poll.boot_epoch = kBootEpoch;
  poll.wait_seconds = protocol::kMaxPollWaitSeconds;
  poll.cursor = cursor;
  poll.max = 1;
  poll.kinds = {protocol::CommandKind::agent_update_check};
  return {protocol::SignatureTag::poll, "POST", protocol::poll_path(node.node_id()),
          protocol::encode_poll(poll)};
}

std::vector<Call> heartbeat_calls(const std::vector<protocol::NodeIdentity>& nodes) {
  const std::string body = fleet_heartbeat();
  std::vector<Call> calls;
  calls.reserve(nodes.size());
  for (const auto& node : nodes)
    calls.push_back({protocol::SignatureTag::heartbeat, "POST",
                     protocol::heartbeats_path(node.node_id()), body});
  return calls;
}

std::vector<Call> poll_calls(const std::vector<protocol::NodeIdentity>& nodes) {
  std::vector<Call> calls;
  calls.reserve(nodes.size());
  for (const auto& node : nodes) calls.push_back(poll_call(node, 0));
  return calls;
}

struct NodeState {
  std::int64_t due_ns = 0;  // of the heartbeat that is under way or waits
  bool beating = false;     // one is
  bool returning = false;   // its poll waits to be sent again
  std::int64_t acked_ns = 0;
  std::int64_t acked_sequence = 0;
  std::int64_t sequence = 0;  // under way
  std::int64_t cursor = 0;
};

struct Later {
  std::int64_t at_ns;
  std::size_t node;
  bool poll;
  friend bool operator<(const Later& a, const Later& b) { return a.at_ns > b.at_ns; }
};

class HeldFleet final : public AnswerHandler {
 public:
  HeldFleet(const HeldFleetOptions& options, const std::vector<protocol::NodeIdentity>& nodes,
            SignedRequests& heartbeats, SignedRequests& polls)
      : options_(options),
        nodes_(nodes),
        heartbeats_(heartbeats),
        polls_(polls),
        beats_(static_cast<std::size_t>(options.heartbeat_connections)),
        admin_(beats_ + nodes.size()),
        connections_(admin_ + 2, *this),
        states_(nodes.size()),
        node_of_beat_(beats_),
        plan_{options.commands, options.commands_per_second, options.admin_credential},
        commands_(plan_, options.origin, nodes, connections_, admin_, admin_ + 1) {
    for (std::size_t i = 0; i < admin_ + 2; ++i) connections_.set_server(i, options.server);
    connections_.set_server(admin_, options.admin_server);
    connections_.set_source(options.source);
    for (std::size_t i = 0; i < beats_; ++i) free_beats_.push_back(i);
  }

  bool run() {
    begun_ = mark_ = steady_ns();
    while (told_to_end == 0 && !over(steady_ns())) {
      const std::int64_t now = steady_ns();
      if (told_of_outage != 0) begin_outage(now);
      heartbeats_due(now);
      retries_due(now);
      ramp_polls(now);
      send_heartbeats();
      look_for_steadiness(now);
      if (measuring_ && options_.commands > 0) commands_.move(now);
      connections_.wait(now + kTickNs);
    }
    const std::int64_t ended = steady_ns();
    ending_ = true;
    while (free_beats_.size() < beats_ && steady_ns() < ended + kLastAnswersNs)
      connections_.wait(steady_ns() + kTickNs);
    print(ended);
    write_acknowledged();
    return outcomes_.accepted > 0;
  }

  void answered(std::size_t connection, const Answer& answer) override {
    const std::int64_t now = steady_ns();
    if (connection == admin_) {
      commands_.queued(answer, now);
    } else if (connection == admin_ + 1) {
      commands_.result_taken(answer, now);
    } else if (connection >= beats_) {
      poll_answered(connection - beats_, answer, now);
    } else {
      beat_answered(connection, answer, now);
    }
  }

  void lost(std::size_t connection, bool asked) override {
    if (!asked) return;
    const std::int64_t now = steady_ns();
    if (connection >= admin_) {
      commands_.lost();
    } else if (connection >= beats_) {
      ++poll_outcomes_.lost;
      poll_later(connection - beats_, now + jittered());
    } else {
      ++outcomes_.lost;
      later_.push({now + jittered(), node_of_beat_[connection], false});
      free_beats_.push_back(connection);
    }
  }

 private:
  bool over(std::int64_t now) const {
    if (!measuring_) return now - begun_ > kStartPatienceNs;
    if (options_.commands > 0 && commands_.done()) return true;
    return static_cast<double>(now - measured_from_) > options_.seconds * 1e9;
  }

  std::int64_t jittered() {
    return options_.retry_ms * kNsPerMs * static_cast<std::int64_t>(500 + random_() % 1000) / 1000;
  }

  void begin_outage(std::int64_t now) {
    told_of_outage = 0;
    mark_ = now;
    acked_since_mark_ = 0;
    steady_ = false;
  }

  // Node i beats at i/N of each interval.
  void heartbeats_due(std::int64_t now) {
    const double step =
        static_cast<double>(options_.interval_ms * kNsPerMs) / static_cast<double>(nodes_.size());
    for (;;) {
      const std::int64_t due = begun_ + static_cast<std::int64_t>(static_cast<double>(due_) * step);
      if (due > now) return;
      beat(static_cast<std::size_t>(due_ % static_cast<std::int64_t>(nodes_.size())), due);
      ++due_;
    }
  }

  void beat(std::size_t node, std::int64_t due) {
    NodeState& state = states_[node];
    if (state.beating) {
      ++missed_;
      return;
    }
    state.beating = true;
    state.due_ns = due;
    waiting_.push_back(node);
  }

  void send_heartbeats() {
    while (!waiting_.empty() && !free_beats_.empty()) {
      const std::size_t node = waiting_.front();
      const std::size_t connection = free_beats_.front();
      waiting_.pop_front();
      const auto request = heartbeats_.take(node);
      states_[node].sequence = request.sequence;
      if (!connections_.send(connection, request.bytes)) {
        ++outcomes_.lost;
        later_.push({steady_ns() + jittered(), node, false});
        return;
      }
      free_beats_.pop_front();
      node_of_beat_[connection] = node;
    }
  }

  void beat_answered(std::size_t connection, const Answer& answer, std::int64_t now) {
    const std::size_t node = node_of_beat_[connection];
    NodeState& state = states_[node];
    free_beats_.push_back(connection);
    if (answer.status != 200) {
      outcomes_.refuse(answer.status, answer.body);
      later_.push({now + std::max(jittered(), answer.retry_after_ms * kNsPerMs), node, false});
      return;
    }
    ++outcomes_.accepted;
    latency_.add_ns(now - state.due_ns);
    state.beating = false;
    if (state.acked_ns < mark_) ++acked_since_mark_;
    state.acked_ns = now;
    state.acked_sequence = state.sequence;
  }

  void retries_due(std::int64_t now) {
    while (!later_.empty() && later_.top().at_ns <= now) {
      const Later one = later_.top();
      later_.pop();
      if (!one.poll) {
        waiting_.push_back(one.node);
        continue;
      }
      states_[one.node].returning = false;
      poll(one.node);
      // A node that comes back says so at once.
      if (states_[one.node].acked_ns < mark_) beat_now(one.node, now);
    }
  }

  void beat_now(std::size_t node, std::int64_t now) {
    if (!states_[node].beating) beat(node, now);
  }

  void ramp_polls(std::int64_t now) {
    if (!options_.polls || ramped_ == nodes_.size()) return;
    const auto allowed =
        static_cast<std::size_t>((now - begun_) / kNsPerMs * options_.ramp_per_second / 1000);
    while (ramped_ < std::min(allowed, nodes_.size())) poll(ramped_++);
  }

  void poll(std::size_t node) {
    if (ending_) return;
    if (!connections_.send(beats_ + node, polls_.take(node).bytes)) {
      ++poll_outcomes_.lost;
      poll_later(node, steady_ns() + jittered());
    }
  }

  void poll_later(std::size_t node, std::int64_t at) {
    states_[node].returning = true;
    later_.push({at, node, true});
  }

  void poll_answered(std::size_t node, const Answer& answer, std::int64_t now) {
    if (answer.status != 200) {
      poll_outcomes_.refuse(answer.status, answer.body);
      poll_later(node, now + std::max(jittered(), answer.retry_after_ms * kNsPerMs));
      return;
    }
    ++poll_outcomes_.accepted;
    auto decoded = protocol::decode_poll_answer(answer.body);
    if (decoded && decoded->cursor != states_[node].cursor) {
      states_[node].cursor = decoded->cursor;
      polls_.change(node, poll_call(nodes_[node], decoded->cursor));
    }
    if (decoded && !decoded->commands.empty()) commands_.polled(node, *decoded, now);
    poll(node);
  }

  bool all_polls_open() const {
    if (!options_.polls) return true;
    if (ramped_ < nodes_.size()) return false;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (states_[i].returning || !connections_.established(beats_ + i)) return false;
    }
    return true;
  }

  void look_for_steadiness(std::int64_t now) {
    if (steady_ || now < looked_ + kSteadyLookNs) return;
    looked_ = now;
    if (acked_since_mark_ < nodes_.size() || !all_polls_open()) return;
    steady_ = true;
    std::string line;
    json::Writer out(line);
    out.begin_object();
    out.member("event", measuring_ ? "steady_again" : "steady");
    out.member("after_ms", static_cast<double>(now - mark_) / 1e6);
    out.end_object();
    print_line(line);
    if (measuring_) return;
    measuring_ = true;
    measured_from_ = now;
    cpu_before_ = cpu_seconds();
    outcomes_ = poll_outcomes_ = {};
    missed_ = 0;
    latency_.clear();
  }

  void print(std::int64_t ended) {
    std::string line;
    json::Writer out(line);
    out.begin_object();
    out.member("event", "end");
    out.member("was_steady", measuring_);
    out.member("seconds", measuring_ ? static_cast<double>(ended - measured_from_) / 1e9 : 0.0);
    out.member("nodes", static_cast<std::uint64_t>(nodes_.size()));
    outcomes_.write(out);
    out.member("missed", missed_);
    latency_.write(out, "latency_ms");
    out.key("polls");
    out.begin_object();
    poll_outcomes_.write(out);
    out.end_object();
    out.member("signed_late", heartbeats_.signed_late() + polls_.signed_late());
    if (options_.commands > 0) commands_.write(out);
    out.member("cpu_seconds", cpu_seconds() - cpu_before_);
    out.end_object();
    print_line(line);
  }

  void write_acknowledged() const {
    if (options_.acknowledged_file.empty()) return;
    std::ofstream file(options_.acknowledged_file);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (states_[i].acked_sequence > 0)
        file << nodes_[i].node_id().text() << ' ' << states_[i].acked_sequence << '\n';
    }
  }

  const HeldFleetOptions& options_;
  const std::vector<protocol::NodeIdentity>& nodes_;
  SignedRequests& heartbeats_;
  SignedRequests& polls_;
  std::size_t beats_;  // connections 0 to beats_ - 1 carry heartbeats, then one per node for polls
  std::size_t admin_;  // then one for the admin API and one for results
  Connections connections_;
  std::vector<NodeState> states_;
  std::vector<std::size_t> node_of_beat_;
  std::deque<std::size_t> free_beats_;
  std::deque<std::size_t> waiting_;  // nodes whose heartbeat is due
  std::priority_queue<Later> later_;
  CommandPlan plan_;
  HeldCommands commands_;
  std::minstd_rand random_{1};
  std::int64_t begun_ = 0;
  std::int64_t mark_ = 0;  // of the start, then of the last outage
  std::int64_t measured_from_ = 0;
  std::int64_t looked_ = 0;
  std::int64_t due_ = 0;
  std::size_t ramped_ = 0;
  std::size_t acked_since_mark_ = 0;
  std::int64_t missed_ = 0;  // due while the one before was not acknowledged
  bool steady_ = false;
  bool measuring_ = false;
  bool ending_ = false;
  double cpu_before_ = 0;
  Outcomes outcomes_;
  Outcomes poll_outcomes_;
  Durations latency_;
};

}  // namespace

bool hold_fleet(const HeldFleetOptions& options) {
  std::signal(SIGUSR1, [](int) { told_of_outage = 1; });
  std::signal(SIGTERM, [](int) { told_to_end = 1; });
  const auto nodes = fleet_identities(options.salt, options.first, options.nodes);
  SignedRequests heartbeats(options.origin, nodes, heartbeat_calls(nodes));
  SignedRequests polls(options.origin, nodes,
                       options.polls ? poll_calls(nodes) : std::vector<Call>());
  // The start takes an interval and the ramp.
  const double interval_seconds = static_cast<double>(options.interval_ms) / 1000;
  const double seconds =
      options.seconds + interval_seconds +
      static_cast<double>(options.nodes) / static_cast<double>(options.ramp_per_second);
  heartbeats.prepare(static_cast<std::size_t>(seconds / interval_seconds) + 2);
  if (options.polls) polls.prepare(static_cast<std::size_t>(seconds / kPollSeconds) + 2);
  return HeldFleet(options, nodes, heartbeats, polls).run();
}

}  // namespace b3iq::fleet
