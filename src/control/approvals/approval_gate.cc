#include "control/approvals/approval_gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "control/admin/admin_credential_service.h"
#include "control/approvals/approval_store.h"
#include "control/audit/audit_trail.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using storage::Transaction;

namespace {

Error refused(ErrorCode code, std::string text) {
  return Error(code, std::move(text), std::string(kApprovalMember));
}

// Whether the approval is of this act by this actor, and stands.
Status check_use(const Approval& approval, const ApprovalQuestion& asked, std::int64_t now_ms) {
  const auto& question = approval.question;
  if (question.asked_by != asked.asked_by) {
    return refused(ErrorCode::role_denied,
                   fmt::format("The approval {} was asked for by {}, who alone can use it.",
                               approval.id, question.asked_by));
  }
  if (question != asked) {
    const auto of = question.target.empty() ? std::string() : " of " + question.target;
    return refused(ErrorCode::conflict,
                   fmt::format("The approval {} is for {}{} with {}, and for nothing else. Repeat "
                               "exactly that, or ask for an approval of this: leave approval_id "
                               "out.",
                               approval.id, wire_name(question.act), of, question.arguments));
  }
  const auto state = state_of(approval, now_ms);
  if (state == ApprovalState::approved) return {};
  if (state == ApprovalState::pending) {
    return refused(ErrorCode::conflict,
                   fmt::format("{} still waits for a second person: b3iq-control-plane admin "
                               "approvals approve {}",
                               approval.id, approval.id));
  }
  return refused(ErrorCode::conflict,
                 fmt::format("The approval {} is {}. Ask for a new one: leave approval_id out.",
                             approval.id, wire_name(state)));
}

}  // namespace

bool ApprovalGate::is_bound(ApprovalAct act, std::string_view actor) const {
  return actor != kOperatorActor && std::ranges::find(listed_, act) != listed_.end();
}

Task<Result<std::string>> ApprovalGate::pass(Transaction& tx, ApprovalAct act,
                                             std::string_view target, const ActBy& by) const {
  const ApprovalQuestion asked{act, std::string(target), by.arguments, by.actor};
  if (by.approval_id.empty()) {
    if (!is_bound(act, by.actor)) co_return by.actor;
    if (by.question != nullptr) *by.question = asked;
    co_return refused(
        ErrorCode::conflict,
        fmt::format("{} needs the approval of a second person here.", wire_name(act)));
  }
  const auto now = clock_.wall_ms();
  std::optional<Approval> approval;
  CO_TRY_OK(co_await select_approval(tx, by.approval_id, approval));
  if (!approval) co_return no_such_approval(by.approval_id);
  CO_TRY_OK(check_use(*approval, asked, now));
  // Both must be what they were: a credential that was revoked since has no say any more.
  for (const auto person :
       std::array{std::string_view(by.actor), std::string_view(approval->decided_by)}) {
    CO_TRY(const bool may, co_await may_act(tx, person, least_role(act), now));
    if (may) continue;
    co_return refused(
        ErrorCode::conflict,
        fmt::format("The credential {} has expired or was revoked since, so {} counts "
                    "no more. Ask for a new one: leave approval_id out.",
                    person, approval->id));
  }
  bool done = false;
  CO_TRY_OK(co_await use_approved(tx, approval->id, now, done));
  if (!done) {
    co_return refused(ErrorCode::conflict,
                      fmt::format("The approval {} was used or withdrawn just now.", approval->id));
  }
  co_return fmt::format("{}+{}", by.actor, approval->decided_by);
}

}  // namespace b3iq::control
