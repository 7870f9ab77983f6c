#include "control/admin/admin_second_person.h"

#include <fmt/format.h>

#include "http/json_response.h"
#include "http/query_parameters.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using http::Response;

namespace {

constexpr int kAccepted = 202;

std::string next_step(const Approval& approval) {
  return fmt::format(
      "Nothing was done yet: {} needs a second person. Another one approves it with "
      "`b3iq-control-plane admin approvals approve {}`; then send this request again with "
      "approval_id {}.",
      wire_name(approval.question.act), approval.id, approval.id);
}

}  // namespace

ActBy SecondPerson::act_by(const AdminCaller& caller) {
  ActBy by(caller.actor);
  by.question = &question_;
  return by;
}

Result<ActBy> SecondPerson::by(const AdminBody& body, const AdminCaller& caller) {
  auto by = act_by(caller);
  TRY(by.approval_id, body.text(kApprovalMember, ""));
  if (!by.approval_id.empty()) TRY_OK(check_approval_id(by.approval_id));
  TRY(by.arguments, body.canonical_without(kApprovalMember));
  return by;
}

Result<ActBy> SecondPerson::by(std::string_view query, const AdminCaller& caller) {
  auto by = act_by(caller);
  TRY_OK(http::each_parameter(query, [&by](std::string_view name, std::string_view raw) -> Status {
    if (name != kApprovalMember) {
      return Error(ErrorCode::invalid_request,
                   "There is no such parameter here. There is: approval_id.",
                   std::string(name.substr(0, kApprovalMember.size())));
    }
    by.approval_id = http::decoded_parameter(raw);
    return check_approval_id(by.approval_id);
  }));
  return by;
}

Task<Result<Response>> SecondPerson::ask(const AdminParts& parts) {
  CO_TRY(const auto approval, co_await parts.approvals.ask(*question_));
  auto response = http::object_answer([&](json::Writer& w) {
    w.member("object", "approval_needed");
    w.key("approval");
    write_approval(w, approval, parts.clock.wall_ms());
    w.member("next_step", next_step(approval));
  });
  response.status = kAccepted;
  co_return response;
}

void write_approval(json::Writer& w, const Approval& approval, std::int64_t now_ms) {
  const auto& question = approval.question;
  w.begin_object();
  w.member("id", approval.id);
  w.member("act", wire_name(question.act));
  write_text(w, "target", question.target);
  w.key("arguments");
  w.raw(question.arguments);
  w.member("state", wire_name(state_of(approval, now_ms)));
  w.member("asked_by", question.asked_by);
  write_time(w, "asked_at", approval.asked_at_ms);
  write_time(w, "expires_at", approval.expires_at_ms);
  write_text(w, "decided_by", approval.decided_by);
  write_time(w, "decided_at", approval.decided_at_ms);
  write_time(w, "used_at", approval.used_at_ms);
  w.end_object();
}

}  // namespace b3iq::control
