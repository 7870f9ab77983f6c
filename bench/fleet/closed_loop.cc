#include "closed_loop.h"

#include <algorithm>

namespace b3iq::fleet {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kPatienceNs = 20 * kNsPerSecond;  // for the last answers
constexpr std::int64_t kTickNs = 1'000'000;

LoopOptions with_a_node_each(LoopOptions options) {
  options.connections = std::min(options.connections, options.nodes);
  return options;
}

}  // namespace

ClosedLoop::ClosedLoop(const LoopOptions& options, LoopTalk& talk)
    : options_(with_a_node_each(options)),
      talk_(talk),
      connections_(static_cast<std::size_t>(options_.connections), *this),
      asked_at_(static_cast<std::size_t>(options_.connections)),
      turn_(static_cast<std::size_t>(options_.connections)) {
  for (std::size_t i = 0; i < asked_at_.size(); ++i) {
    connections_.set_server(i, options_.server);
    turn_[i] = i;
    idle_.push_back(i);
  }
}

void ClosedLoop::run() {
  begun_ = last_answer_ = steady_ns();
  deadline_ = begun_ + static_cast<std::int64_t>(options_.seconds * kNsPerSecond);
  ask_all();
  while (steady_ns() < deadline_ && (open_ > 0 || !idle_.empty())) {
    connections_.wait(steady_ns() + kTickNs);
    ask_all();
  }
  ended_ = std::min(steady_ns(), deadline_);
  const std::int64_t patience = steady_ns() + kPatienceNs;
  while (open_ > 0 && steady_ns() < patience) connections_.wait(steady_ns() + kTickNs);
  outcomes_.lost += open_;
}

void ClosedLoop::write(json::Writer& out) {
  outcomes_.write(out);
  out.member("ran_out", ran_out_);
  latency_.write(out, "latency_ms");
}

void ClosedLoop::answered(std::size_t connection, const Answer& answer) {
  last_answer_ = steady_ns();
  --open_;
  if (answer.status == 200) {
    ++outcomes_.accepted;
    latency_.add_ns(last_answer_ - asked_at_[connection]);
    talk_.accepted(answer.body, last_answer_ <= deadline_);
  } else {
    outcomes_.refuse(answer.status, answer.body);
  }
  idle_.push_back(connection);
}

void ClosedLoop::lost(std::size_t connection, bool asked) {
  end_if_lost();
  if (!asked) return;
  --open_;
  ++outcomes_.lost;
  idle_.push_back(connection);
}

std::int64_t ClosedLoop::allowed() const {
  if (options_.rate == 0) return INT64_MAX;
  return (steady_ns() - begun_) * options_.rate / kNsPerSecond;
}

void ClosedLoop::ask_all() {
  const std::int64_t allowed_now = allowed();
  while (!idle_.empty() && sent_ < allowed_now && steady_ns() < deadline_) {
    const std::size_t connection = idle_.front();
    idle_.pop_front();
    ask(connection);
  }
}

// Each connection takes its own nodes in turn: a node's requests come one by one, in the order of
// their sequences.
void ClosedLoop::ask(std::size_t connection) {
  const std::size_t node = turn_[connection];
  turn_[connection] += asked_at_.size();
  if (turn_[connection] >= static_cast<std::size_t>(options_.nodes)) turn_[connection] = connection;
  if (talk_.used_up(node)) {
    ran_out_ = true;
    deadline_ = std::min(deadline_, steady_ns());
    return;
  }
  asked_at_[connection] = steady_ns();
  ++sent_;
  if (connections_.send(connection, talk_.take(node))) {
    ++open_;
  } else {
    ++outcomes_.lost;
    end_if_lost();
    idle_.push_back(connection);
  }
}

void ClosedLoop::end_if_lost() {
  if (options_.until_lost) deadline_ = std::min(deadline_, steady_ns());
}

}  // namespace b3iq::fleet
