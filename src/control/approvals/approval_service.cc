#include "control/approvals/approval_service.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "control/admin/admin_credential_service.h"
#include "control/approvals/approval_store.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using storage::Transaction;

namespace {

constexpr std::int64_t kMaxDeletedAtOnce = 1'000;
// How next_before says that its page ended among the pending ones.
constexpr std::string_view kAmongPending = "pending.";

Error too_many(std::int64_t pending, std::string_view whose) {
  return Error(ErrorCode::conflict,
               fmt::format("{} questions {} wait for a second person, the most there may be. "
                           "Approve or deny some: b3iq-control-plane admin approvals list",
                           pending, whose));
}

Error no_role(ApprovalAct act) {
  return Error(ErrorCode::role_denied,
               fmt::format("Deciding {} needs a credential that may do it: the role {}.",
                           wire_name(act), wire_name(least_role(act))));
}

Error not_open(const Approval& approval, std::int64_t now_ms) {
  return Error(ErrorCode::conflict,
               fmt::format("The approval {} is {} already; there is nothing to decide.",
                           approval.id, wire_name(state_of(approval, now_ms))));
}

}  // namespace

Task<Result<Approval>> ApprovalService::ask(ApprovalQuestion question) {
  if (question.arguments.size() > kMaxApprovalArgumentsBytes) {
    co_return Error(ErrorCode::payload_too_large,
                    fmt::format("An act that needs a second person may have {} bytes of arguments.",
                                kMaxApprovalArgumentsBytes));
  }
  const auto now = clock_.wall_ms();
  Approval asked;
  asked.id = "apr_" + base::make_ulid(now, random_);
  asked.question = std::move(question);
  asked.asked_at_ms = now;
  asked.expires_at_ms = now + kApprovalLifeMs;
  const AuditAct act{asked.question.asked_by, "approval.asked", asked.id};
  std::optional<Approval> twin;
  auto body = [&](Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await select_pending_twin(tx, asked.question, now, twin));
    if (twin) co_return Status();
    PendingApprovals pending;
    CO_TRY_OK(co_await count_pending_approvals(tx, asked.question.asked_by, now, pending));
    if (pending.of_one >= kMaxPendingApprovalsOfOne)
      co_return too_many(pending.of_one, "of this credential");
    if (pending.all >= kMaxPendingApprovals) co_return too_many(pending.all, "of all");
    CO_TRY_OK(co_await insert_approval(tx, asked));
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  co_return twin ? *std::move(twin) : std::move(asked);
}

Task<Result<Approval>> ApprovalService::approve(std::string id, std::string actor) {
  CO_TRY_OK(check_approval_id(id));
  const auto now = clock_.wall_ms();
  std::optional<Approval> approval;
  bool asker_is_out = false;
  const ApprovalDecision decision{id, actor, now};
  auto body = [&](Transaction& tx) -> Task<Status> {
    asker_is_out = false;
    CO_TRY_OK(co_await select_approval(tx, id, approval));
    if (!approval) co_return no_such_approval(id);
    const auto& question = approval->question;
    if (question.asked_by == actor) {
      co_return Error(ErrorCode::role_denied,
                      fmt::format("{} asked for this itself; another person's credential has to "
                                  "approve it.",
                                  actor));
    }
    const auto least = least_role(question.act);
    CO_TRY(const bool may, co_await may_act(tx, actor, least, now));
    if (!may) co_return no_role(question.act);
    const auto state = state_of(*approval, now);
    if (state == ApprovalState::approved && approval->decided_by == actor) co_return Status();
    if (state != ApprovalState::pending) co_return not_open(*approval, now);
    CO_TRY(const bool asker_may, co_await may_act(tx, question.asked_by, least, now));
    asker_is_out = !asker_may;
    bool done = false;
    if (asker_is_out) {
      CO_TRY_OK(co_await close_unused(tx, decision, ApprovalState::void_, done));
    } else {
      CO_TRY_OK(co_await approve_pending(tx, decision, done));
    }
    if (!done) co_return not_open(*approval, now);
    approval->state = asker_is_out ? ApprovalState::void_ : ApprovalState::approved;
    approval->decided_by = actor;
    approval->decided_at_ms = now;
    const AuditAct act{actor, asker_is_out ? "approval.voided" : "approval.approved", id};
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  if (asker_is_out) {
    co_return Error(ErrorCode::conflict,
                    fmt::format("{} asked for this and may do it no more: its credential has "
                                "expired or was revoked. {} is closed.",
                                approval->question.asked_by, id));
  }
  co_return *std::move(approval);
}

Task<Result<Approval>> ApprovalService::deny(std::string id, std::string actor) {
  CO_TRY_OK(check_approval_id(id));
  const auto now = clock_.wall_ms();
  std::optional<Approval> approval;
  const ApprovalDecision decision{id, actor, now};
  const AuditAct act{actor, "approval.denied", id};
  auto body = [&](Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await select_approval(tx, id, approval));
    if (!approval) co_return no_such_approval(id);
    const auto& question = approval->question;
    if (question.asked_by != actor) {
      CO_TRY(const bool may, co_await may_act(tx, actor, least_role(question.act), now));
      if (!may) co_return no_role(question.act);
    }
    if (approval->state == ApprovalState::denied) co_return Status();
    bool done = false;
    CO_TRY_OK(co_await close_unused(tx, decision, ApprovalState::denied, done));
    if (!done) co_return not_open(*approval, now);
    approval->state = ApprovalState::denied;
    approval->decided_by = actor;
    approval->decided_at_ms = now;
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  co_return *std::move(approval);
}

Task<Result<ApprovalPage>> ApprovalService::list(ApprovalQuery query) {
  if (query.limit < 1 || query.limit > kMaxApprovalsPerPage) {
    co_return Error(ErrorCode::invalid_request,
                    fmt::format("Give a limit from 1 to {}.", kMaxApprovalsPerPage), "limit");
  }
  std::string_view before = query.before;
  const bool among_pending = before.empty() || before.starts_with(kAmongPending);
  if (before.starts_with(kAmongPending)) before.remove_prefix(kAmongPending.size());
  const auto now = clock_.wall_ms();
  std::vector<Approval> found;
  auto body = [&](Transaction& tx) -> Task<Status> {
    found.clear();
    if (among_pending) {
      CO_TRY_OK(
          co_await select_approvals(tx, ApprovalGroup::pending, before, query.limit, now, found));
    }
    const auto left = query.limit - std::ssize(found);
    if (left == 0) co_return Status();
    const auto others_before = among_pending ? std::string_view() : before;
    co_return co_await select_approvals(tx, ApprovalGroup::others, others_before, left, now, found);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  ApprovalPage page;
  page.approvals = std::move(found);
  if (std::ssize(page.approvals) == query.limit) {
    const auto& last = page.approvals.back();
    const bool pending = state_of(last, now) == ApprovalState::pending;
    page.next_before = fmt::format("{}{}", pending ? kAmongPending : "", last.id);
  }
  co_return page;
}

Task<Result<Approval>> ApprovalService::get(std::string id) {
  CO_TRY_OK(check_approval_id(id));
  std::optional<Approval> approval;
  auto body = [&](Transaction& tx) { return select_approval(tx, id, approval); };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  if (!approval) co_return no_such_approval(id);
  co_return *std::move(approval);
}

Task<Status> ApprovalService::forget() {
  const auto before = clock_.wall_ms() - kApprovalKeptMs;
  auto body = [before](Transaction& tx) { return delete_approvals(tx, before, kMaxDeletedAtOnce); };
  co_return co_await database_.write(std::move(body));
}

}  // namespace b3iq::control
