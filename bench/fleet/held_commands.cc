#include "held_commands.h"

#include <utility>

#include "admin_calls.h"
#include "base/clock.h"
#include "fleet_node.h"
#include "protocol/messages/command_result.h"
#include "protocol/messages/managed_paths.h"

namespace b3iq::fleet {
namespace {

constexpr double kNsPerSecond = 1e9;

std::string result_request(const Origin& origin, const protocol::NodeIdentity& node,
                           const protocol::LeasedCommand& command, base::Random& random) {
  const std::int64_t now = base::system_clock().wall_ms();
  protocol::CommandResult result;
  result.node_id = node.node_id();
  result.control_plane_id = origin.audience;
  result.command_id = command.command_id;
  result.kind = protocol::kind_of(command.arguments);
  protocol::AgentUpdateCheckOutcome outcome;
  outcome.agent_version = kAgentVersion;
  result.outcome = protocol::CommandOutcome(std::move(outcome));
  result.started_at_ms = result.completed_at_ms = now;
  const std::string document = protocol::sign_command_result(result, node);
  return signed_request(origin,
                        {protocol::SignatureTag::result, "POST",
                         protocol::result_path(node.node_id(), command.command_id),
                         protocol::encode_result_request(command.lease_token, document)},
                        first_sequence(now), node, random);
}

}  // namespace

HeldCommands::HeldCommands(const CommandPlan& plan, const Origin& origin,
                           const std::vector<protocol::NodeIdentity>& nodes,
                           Connections& connections, std::size_t admin_connection,
                           std::size_t result_connection)
    : plan_(plan),
      origin_(origin),
      nodes_(nodes),
      connections_(connections),
      admin_connection_(admin_connection),
      result_connection_(result_connection),
      random_(base::system_random()) {}

void HeldCommands::move(std::int64_t now_ns) {
  if (begun_ns_ == 0) begun_ns_ = now_ns;
  if (!results_.empty() && !connections_.busy(result_connection_)) {
    at_result_ = std::move(results_.front().command_id);
    if (!connections_.send(result_connection_, results_.front().request)) lost();
    results_.pop_front();
  }
  const double due = static_cast<double>(now_ns - begun_ns_) / kNsPerSecond * plan_.per_second;
  if (asked_ >= plan_.count || static_cast<double>(asked_) > due ||
      connections_.busy(admin_connection_))
    return;
  // Spread over the fleet: a prime step reaches every node before it comes back to one.
  constexpr std::size_t kStep = 7919;
  const std::size_t node = static_cast<std::size_t>(asked_) * kStep % nodes_.size();
  ++asked_;
  if (asked_at_of_node_.contains(node)) {  // the last one of this node is not done yet
    ++failed_;
    return;
  }
  asked_at_ns_ = now_ns;
  asked_at_of_node_[node] = now_ns;
  const std::string request =
      plain_request(origin_, "POST", kAdminCommandsPath,
                    command_request_body(nodes_[node].node_id()), plan_.credential);
  if (!connections_.send(admin_connection_, request)) lost();
}

void HeldCommands::queued(const Answer& answer, std::int64_t now_ns) {
  if (answer.status / 100 == 2) {
    accepted_.add_ns(now_ns - asked_at_ns_);
  } else {
    ++failed_;
    outcomes_.refuse(answer.status, answer.body);
  }
}

void HeldCommands::polled(std::size_t node, const protocol::PollAnswer& answer,
                          std::int64_t now_ns) {
  for (const auto& command : answer.commands) {
    const auto asked = asked_at_of_node_.find(node);
    if (asked == asked_at_of_node_.end()) {
      ++again_;
      continue;
    }
    delivered_.add_ns(now_ns - asked->second);
    asked_at_of_command_[command.command_id.text()] = asked->second;
    asked_at_of_node_.erase(asked);
    results_.push_back(
        {command.command_id.text(), result_request(origin_, nodes_[node], command, random_)});
  }
}

void HeldCommands::result_taken(const Answer& answer, std::int64_t now_ns) {
  if (answer.status / 100 != 2) {
    ++failed_;
    outcomes_.refuse(answer.status, answer.body);
    return;
  }
  ++finished_;
  ++outcomes_.accepted;
  if (const auto asked = asked_at_of_command_.find(at_result_); asked != asked_at_of_command_.end())
    finished_ms_.add_ns(now_ns - asked->second);
}

void HeldCommands::write(json::Writer& out) {
  out.key("commands");
  out.begin_object();
  out.member("asked", asked_);
  out.member("finished", finished_);
  out.member("given_again", again_);
  outcomes_.write(out);
  accepted_.write(out, "accepted_ms");
  delivered_.write(out, "delivered_ms");
  finished_ms_.write(out, "finished_ms");
  out.end_object();
}

}  // namespace b3iq::fleet
