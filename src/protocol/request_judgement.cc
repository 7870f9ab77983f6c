#include "protocol/request_judgement.h"

#include <algorithm>
#include <array>

#include "protocol/wire_names.h"

namespace b3iq::protocol {
namespace {

using base::ErrorCode;

constexpr std::array<std::string_view, kNodeStandings> kStandingNames = {"enrolled", "suspended",
                                                                         "removed"};

RequestJudgement refuse(ErrorCode code, std::string detail, ManagedErrorFacts facts = {}) {
  return {.accepted = std::nullopt,
          .refused = RequestRefusal{base::Error(code, std::move(detail)), facts}};
}

// nullopt: the node may take part.
std::optional<RequestJudgement> judge_standing(NodeStanding standing) {
  switch (standing) {
    case NodeStanding::enrolled:
      return std::nullopt;
    case NodeStanding::suspended:
      return refuse(ErrorCode::node_suspended,
                    "The operator of the control plane has suspended this node. Its local use goes "
                    "on; ask them, and try again later.");
    case NodeStanding::removed:
      return refuse(ErrorCode::node_removed,
                    "The operator of the control plane has removed this node. Enroll again with a "
                    "new token.");
  }
  return refuse(ErrorCode::internal, "The node's standing is not known.");
}

}  // namespace

std::string_view wire_name(NodeStanding standing) {
  return name_of_value(kStandingNames, standing);
}
std::optional<NodeStanding> node_standing_from_name(std::string_view name) {
  return value_of_name<NodeStanding>(kStandingNames, name);
}

RequestJudgement judge_request(const VerifiedRequest& request, const RequestFacts& facts,
                               const StoredNode* stored) {
  if (!facts.path_node_id.empty() && facts.path_node_id != request.node_id) {
    return refuse(ErrorCode::not_enrolled,
                  "The path names another node than the one that signed. A node speaks for itself "
                  "alone.");
  }
  if (stored == nullptr) {
    return refuse(ErrorCode::not_enrolled,
                  "This control plane does not know the node. Enroll it with a token.");
  }
  if (auto refused = judge_standing(stored->standing)) return *std::move(refused);
  if (request.sequence <= stored->last_sequence) {
    return refuse(
        ErrorCode::replayed,
        "A request with this sequence, or a higher one, was taken already. Sign again "
        "above last_sequence.",
        {.server_time_ms = {}, .skew_seconds = {}, .last_sequence = stored->last_sequence});
  }
  if (facts.boot_epoch && *facts.boot_epoch < stored->boot_epoch) {
    return refuse(
        ErrorCode::identity_superseded,
        "Another start of this identity is newer. If it is another machine, give this one "
        "an identity of its own; if it is this one, stop the older process.");
  }
  RequestAcceptance accepted;
  accepted.last_sequence = request.sequence;
  accepted.boot_epoch = std::max(stored->boot_epoch, facts.boot_epoch.value_or(0));
  accepted.new_boot_epoch = accepted.boot_epoch > stored->boot_epoch;
  return {.accepted = accepted, .refused = std::nullopt};
}

RequestRefusal signature_refusal(base::Error error, const ReceivedHeaders& headers,
                                 std::int64_t now_seconds) {
  ManagedErrorFacts facts;
  if (error.code == ErrorCode::clock_skew) {
    facts.server_time_ms = now_seconds * 1000;
    const auto parameters = parse_signature_input(headers.signature_input);
    if (parameters.ok()) facts.skew_seconds = parameters->created_seconds - now_seconds;
  }
  return {std::move(error), facts};
}

std::int64_t next_sequence(std::int64_t last, std::int64_t wall_ms) {
  return std::clamp<std::int64_t>(std::max(last + 1, wall_ms), 1, kMaxSequence);
}

}  // namespace b3iq::protocol
