// Acts of the admin API that need a second person, and what is kept of a question to that person.
// Decision: docs/adr/0026-second-approval.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "control/admin/admin_credential_types.h"

namespace b3iq::control {

// A question is open, and an approval can be used, until so long after it was asked.
inline constexpr std::int64_t kApprovalLifeMs = std::int64_t{24} * 3'600'000;
// An approval is shown for so long after its time was up, and then deleted.
inline constexpr std::int64_t kApprovalKeptMs = 30 * std::int64_t{24} * 3'600'000;
inline constexpr std::int64_t kMaxPendingApprovals = 1'000;
// Of one credential: a stolen one must not keep everybody else from asking.
inline constexpr std::int64_t kMaxPendingApprovalsOfOne = 100;
inline constexpr std::int64_t kMaxApprovalsPerPage = 500;
inline constexpr std::size_t kMaxApprovalArgumentsBytes = 16 * 1024;
// The member of a body, or the parameter of a DELETE, that names the approval of an act.
inline constexpr std::string_view kApprovalMember = "approval_id";

// command_queue is also a retry, which queues an old command anew; customer_credit is also an
// adjustment.
enum class ApprovalAct : std::uint8_t {
  node_remove,
  node_suspend,
  credential_create,
  credential_revoke,
  token_create,
  command_queue,
  customer_credit
};
inline constexpr std::array<std::pair<ApprovalAct, std::string_view>, 7> kApprovalActs = {{
    {ApprovalAct::node_remove, "node.remove"},
    {ApprovalAct::node_suspend, "node.suspend"},
    {ApprovalAct::credential_create, "credential.create"},
    {ApprovalAct::credential_revoke, "credential.revoke"},
    {ApprovalAct::token_create, "token.create"},
    {ApprovalAct::command_queue, "command.queue"},
    {ApprovalAct::customer_credit, "customer.credit"},
}};
std::string_view wire_name(ApprovalAct act);
std::optional<ApprovalAct> approval_act_from_name(std::string_view name);
// All names, with commas.
std::string approval_act_names();
// Who may do the act, and so who may approve it.
AdminRole least_role(ApprovalAct act);

// Those that the setting admin.second_approval lists.
using ApprovalActs = std::vector<ApprovalAct>;
// Errors: config_invalid naming the acts that there are; or for a list without credential.create,
// with which one admin could make the second person.
base::Result<ApprovalActs> read_approval_acts(const std::vector<std::string>& names);

// Stored. That time ran out is not: state_of().
enum class ApprovalState : std::uint8_t {
  pending,
  approved,
  denied,   // also withdrawn by whoever asked
  used,     // the act was done
  void_,    // whoever asked may do it no more
  expired,  // never stored
};
std::string_view wire_name(ApprovalState state);
std::optional<ApprovalState> approval_state_from_name(std::string_view name);

// What is to be done, by whom.
struct ApprovalQuestion {
  ApprovalAct act = ApprovalAct::node_remove;
  std::string target;     // the id of what it is done to; "" for what is made
  std::string arguments;  // the request's body without approval_id, canonical JSON
  std::string asked_by;   // actor
  friend bool operator==(const ApprovalQuestion&, const ApprovalQuestion&) = default;
};

struct Approval {
  std::string id;  // apr_ + ULID
  ApprovalQuestion question;
  ApprovalState state = ApprovalState::pending;  // as stored
  std::int64_t asked_at_ms = 0;
  std::int64_t expires_at_ms = 0;
  std::string decided_by;  // actor; "" while pending
  std::int64_t decided_at_ms = 0;
  std::int64_t used_at_ms = 0;
};
ApprovalState state_of(const Approval& approval, std::int64_t now_ms);

// Errors: invalid_request with approval_id.
base::Status check_approval_id(std::string_view id);
base::Error no_such_approval(std::string_view id);

struct ApprovalQuery {
  std::string before;        // ApprovalPage::next_before; "" from the first
  std::int64_t limit = 100;  // 1 to kMaxApprovalsPerPage
};
struct ApprovalPage {
  std::vector<Approval> approvals;  // pending ones first; newest first among these and the others
  std::string next_before;          // "": this was the last
};

// Who does an act, and by whose leave.
struct ActBy {
  // NOLINTNEXTLINE(google-explicit-constructor): an actor alone is the usual case
  ActBy(std::string name) : actor(std::move(name)) {}
  ActBy(const char* name) : actor(name) {}  // NOLINT(google-explicit-constructor)
  std::string actor;
  std::string approval_id;  // "" for none
  std::string arguments = "{}";
  // Where not null, gets what has to be asked when the act needs a second person. Outlives the act.
  std::optional<ApprovalQuestion>* question = nullptr;
};

}  // namespace b3iq::control
