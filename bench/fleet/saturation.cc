#include "saturation.h"

#include <algorithm>
#include <deque>
#include <vector>

#include "figures.h"
#include "fleet_node.h"
#include "protocol/messages/managed_paths.h"

namespace b3iq::fleet {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kPatienceNs = 20 * kNsPerSecond;  // for the last answers
constexpr std::int64_t kTickNs = 1'000'000;

class Saturation final : public AnswerHandler {
 public:
  Saturation(const SaturationOptions& options, const std::vector<protocol::NodeIdentity>& nodes,
             SignedRequests& requests)
      : options_(options),
        nodes_(nodes),
        requests_(requests),
        connections_(static_cast<std::size_t>(options.connections), *this),
        asked_at_(static_cast<std::size_t>(options.connections)),
        turn_(static_cast<std::size_t>(options.connections)) {
    for (std::size_t i = 0; i < asked_at_.size(); ++i) {
      connections_.set_server(i, options.server);
      turn_[i] = i;
    }
  }

  void run() {
    begun_ = steady_ns();
    deadline_ = begun_ + static_cast<std::int64_t>(options_.seconds * kNsPerSecond);
    for (std::size_t i = 0; i < asked_at_.size(); ++i) idle_.push_back(i);
    ask_all();
    while (steady_ns() < deadline_ && (open_ > 0 || !idle_.empty())) {
      connections_.wait(steady_ns() + kTickNs);
      ask_all();
    }
    ended_ = std::min(steady_ns(), deadline_);
    const std::int64_t patience = steady_ns() + kPatienceNs;
    while (open_ > 0 && steady_ns() < patience) connections_.wait(patience);
  }

  bool print(double signing_seconds, double cpu) {
    std::string line;
    json::Writer out(line);
    out.begin_object();
    out.member("seconds", static_cast<double>(ended_ - begun_) / 1e9);
    out.member("accepted_in_time", in_time_);
    outcomes_.write(out);
    out.member("ran_out", ran_out_);
    latency_.write(out, "latency_ms");
    out.member("signing_seconds", signing_seconds);
    out.member("cpu_seconds", cpu);
    out.end_object();
    print_line(line);
    return outcomes_.accepted > 0;
  }

  void answered(std::size_t connection, const Answer& answer) override {
    const std::int64_t now = steady_ns();
    --open_;
    if (answer.status == 200) {
      ++outcomes_.accepted;
      if (now <= deadline_) ++in_time_;
      latency_.add_ns(now - asked_at_[connection]);
    } else {
      outcomes_.refuse(answer.status, answer.body);
    }
    idle_.push_back(connection);
  }
  void lost(std::size_t connection, bool asked) override {
    if (!asked) return;
    --open_;
    ++outcomes_.lost;
    idle_.push_back(connection);
  }

 private:
  // How many may have been sent by now.
  std::int64_t allowed() const {
    if (options_.rate == 0) return INT64_MAX;
    return (steady_ns() - begun_) * options_.rate / kNsPerSecond;
  }

  void ask_all() {
    const std::int64_t allowed_now = allowed();
    while (!idle_.empty() && sent_ < allowed_now && steady_ns() < deadline_) {
      const std::size_t connection = idle_.front();
      idle_.pop_front();
      ask(connection);
    }
  }

  // Each connection takes its own nodes in turn, so that no node has two heartbeats under way.
  void ask(std::size_t connection) {
    const std::size_t node = turn_[connection];
    turn_[connection] += asked_at_.size();
    if (turn_[connection] >= nodes_.size()) turn_[connection] = connection;
    if (requests_.used_up(node)) {
      ran_out_ = true;
      deadline_ = std::min(deadline_, steady_ns());
      return;
    }
    asked_at_[connection] = steady_ns();
    ++sent_;
    if (connections_.send(connection, requests_.take(node).bytes)) {
      ++open_;
    } else {
      ++outcomes_.lost;
      idle_.push_back(connection);
    }
  }

  const SaturationOptions& options_;
  const std::vector<protocol::NodeIdentity>& nodes_;
  SignedRequests& requests_;
  Connections connections_;
  std::vector<std::int64_t> asked_at_;
  std::vector<std::size_t> turn_;  // of each connection: its next node
  std::deque<std::size_t> idle_;
  std::int64_t begun_ = 0;
  std::int64_t deadline_ = 0;
  std::int64_t ended_ = 0;
  std::int64_t sent_ = 0;
  std::int64_t open_ = 0;
  std::int64_t in_time_ = 0;
  bool ran_out_ = false;
  Outcomes outcomes_;
  Durations latency_;
};

}  // namespace

bool saturate(const SaturationOptions& asked) {
  SaturationOptions options = asked;
  options.connections = std::min(options.connections, options.nodes);
  const std::int64_t signing_began = steady_ns();
  const auto nodes = fleet_identities(options.salt, options.first, options.nodes);
  std::vector<Call> calls;
  calls.reserve(nodes.size());
  const std::string body = fleet_heartbeat();
  for (const auto& node : nodes) {
    calls.push_back({protocol::SignatureTag::heartbeat, "POST",
                     protocol::heartbeats_path(node.node_id()), body});
  }
  SignedRequests requests(options.origin, nodes, std::move(calls));
  const double per_second = static_cast<double>(options.rate > 0 ? options.rate + options.rate / 10
                                                                 : options.signed_per_second);
  const auto wanted = static_cast<std::int64_t>(options.seconds * per_second);
  requests.prepare(static_cast<std::size_t>(wanted / options.nodes + 2));
  const double signing_seconds = static_cast<double>(steady_ns() - signing_began) / 1e9;

  const double cpu_before = cpu_seconds();
  Saturation run(options, nodes, requests);
  run.run();
  return run.print(signing_seconds, cpu_seconds() - cpu_before);
}

}  // namespace b3iq::fleet
