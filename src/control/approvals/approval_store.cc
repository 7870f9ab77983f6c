#include "control/approvals/approval_store.h"

namespace b3iq::control {

using base::Status;
using base::Task;
using storage::Row;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

#define B3_APPROVAL_COLUMNS                                                            \
  "approval_id, act, target, arguments, state, asked_by, asked_at_ms, expires_at_ms, " \
  "decided_by, decided_at_ms, used_at_ms"
constexpr Statement kInsert{"INSERT INTO admin_approvals (" B3_APPROVAL_COLUMNS
                            ") VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, '', 0, 0)"};
constexpr Statement kSelect{"SELECT " B3_APPROVAL_COLUMNS
                            " FROM admin_approvals WHERE approval_id = $1"};
constexpr Statement kSelectTwin{
    "SELECT " B3_APPROVAL_COLUMNS
    " FROM admin_approvals WHERE asked_by = $1 AND act = $2 AND target = $3 AND arguments = $4 "
    "AND state = 'pending' AND expires_at_ms > $5 ORDER BY approval_id LIMIT 1"};
constexpr Statement kSelectPending{
    "SELECT " B3_APPROVAL_COLUMNS
    " FROM admin_approvals WHERE state = 'pending' AND expires_at_ms > $1 AND approval_id < $2 "
    "ORDER BY approval_id DESC LIMIT $3"};
constexpr Statement kSelectOthers{
    "SELECT " B3_APPROVAL_COLUMNS
    " FROM admin_approvals WHERE (state <> 'pending' OR expires_at_ms <= $1) AND approval_id < $2 "
    "ORDER BY approval_id DESC LIMIT $3"};
#undef B3_APPROVAL_COLUMNS
constexpr Statement kCount{
    "SELECT COUNT(*) FROM admin_approvals WHERE state = 'pending' AND expires_at_ms > $1"};
constexpr Statement kCountOfOne{
    "SELECT COUNT(*) FROM admin_approvals WHERE state = 'pending' AND expires_at_ms > $1 AND "
    "asked_by = $2"};
constexpr Statement kApprove{
    "UPDATE admin_approvals SET state = 'approved', decided_by = $2, decided_at_ms = $3 "
    "WHERE approval_id = $1 AND state = 'pending' AND expires_at_ms > $3"};
constexpr Statement kClose{
    "UPDATE admin_approvals SET state = $4, decided_by = $2, decided_at_ms = $3 "
    "WHERE approval_id = $1 AND state IN ('pending', 'approved') AND expires_at_ms > $3"};
constexpr Statement kUse{
    "UPDATE admin_approvals SET state = 'used', used_at_ms = $2 "
    "WHERE approval_id = $1 AND state = 'approved' AND expires_at_ms > $2"};
constexpr Statement kDelete{
    "DELETE FROM admin_approvals WHERE approval_id IN (SELECT approval_id FROM admin_approvals "
    "WHERE expires_at_ms < $1 ORDER BY expires_at_ms LIMIT $2)"};

// Above every id: '~' comes behind all letters.
constexpr std::string_view kAboveAllIds = "~";

// An act or a state that this version does not know may not be used.
Approval read_approval(const Row& row) {
  Approval approval;
  approval.id = row.text(0);
  const auto act = approval_act_from_name(row.text(1));
  const auto state = approval_state_from_name(row.text(4));
  approval.question.act = act.value_or(ApprovalAct::credential_create);
  approval.state = act && state ? *state : ApprovalState::void_;
  approval.question.target = row.text(2);
  approval.question.arguments = row.text(3);
  approval.question.asked_by = row.text(5);
  approval.asked_at_ms = row.integer(6);
  approval.expires_at_ms = row.integer(7);
  approval.decided_by = row.text(8);
  approval.decided_at_ms = row.integer(9);
  approval.used_at_ms = row.integer(10);
  return approval;
}

Task<Status> select_one(Transaction& tx, const Statement& statement, std::span<const Value> values,
                        std::optional<Approval>& out) {
  out.reset();
  auto take = [&out](const Row& row) {
    out = read_approval(row);
    return false;
  };
  co_return co_await tx.query(statement, values, std::move(take));
}

Task<Status> count(Transaction& tx, const Statement& statement, std::span<const Value> values,
                   std::int64_t& out) {
  auto take = [&out](const Row& row) {
    out = row.integer(0);
    return false;
  };
  co_return co_await tx.query(statement, values, std::move(take));
}

Task<Status> change_one(Transaction& tx, const Statement& statement, std::span<const Value> values,
                        bool& done) {
  CO_TRY(const auto changed, co_await tx.exec(statement, values));
  done = changed == 1;
  co_return Status();
}

}  // namespace

Task<Status> insert_approval(Transaction& tx, const Approval& approval) {
  const auto& question = approval.question;
  const Value values[] = {std::string_view(approval.id),
                          wire_name(question.act),
                          std::string_view(question.target),
                          std::string_view(question.arguments),
                          std::string_view(question.asked_by),
                          approval.asked_at_ms,
                          approval.expires_at_ms};
  CO_TRY_OK(co_await tx.exec(kInsert, values));
  co_return Status();
}

Task<Status> select_approval(Transaction& tx, std::string_view id, std::optional<Approval>& out) {
  const Value values[] = {id};
  co_return co_await select_one(tx, kSelect, values, out);
}

Task<Status> select_pending_twin(Transaction& tx, const ApprovalQuestion& question,
                                 std::int64_t now_ms, std::optional<Approval>& out) {
  const Value values[] = {std::string_view(question.asked_by), wire_name(question.act),
                          std::string_view(question.target), std::string_view(question.arguments),
                          now_ms};
  co_return co_await select_one(tx, kSelectTwin, values, out);
}

Task<Status> count_pending_approvals(Transaction& tx, std::string_view actor, std::int64_t now_ms,
                                     PendingApprovals& out) {
  const Value all[] = {now_ms};
  CO_TRY_OK(co_await count(tx, kCount, all, out.all));
  const Value of_one[] = {now_ms, actor};
  co_return co_await count(tx, kCountOfOne, of_one, out.of_one);
}

Task<Status> approve_pending(Transaction& tx, const ApprovalDecision& decision, bool& done) {
  const Value values[] = {decision.id, decision.by, decision.at_ms};
  co_return co_await change_one(tx, kApprove, values, done);
}

Task<Status> close_unused(Transaction& tx, const ApprovalDecision& decision, ApprovalState state,
                          bool& done) {
  const Value values[] = {decision.id, decision.by, decision.at_ms, wire_name(state)};
  co_return co_await change_one(tx, kClose, values, done);
}

Task<Status> use_approved(Transaction& tx, std::string_view id, std::int64_t at_ms, bool& done) {
  const Value values[] = {id, at_ms};
  co_return co_await change_one(tx, kUse, values, done);
}

Task<Status> select_approvals(Transaction& tx, ApprovalGroup group, std::string_view before_id,
                              std::int64_t limit, std::int64_t now_ms, std::vector<Approval>& out) {
  auto take = [&out](const Row& row) {
    out.push_back(read_approval(row));
    return true;
  };
  const Value values[] = {now_ms, before_id.empty() ? kAboveAllIds : before_id, limit};
  const auto& statement = group == ApprovalGroup::pending ? kSelectPending : kSelectOthers;
  co_return co_await tx.query(statement, values, std::move(take));
}

Task<Status> delete_approvals(Transaction& tx, std::int64_t before_ms, std::int64_t limit) {
  const Value values[] = {before_ms, limit};
  CO_TRY_OK(co_await tx.exec(kDelete, values));
  co_return Status();
}

}  // namespace b3iq::control
