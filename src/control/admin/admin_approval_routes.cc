// /v1/admin/approvals.
#include "control/admin/admin_body.h"
#include "control/admin/admin_page.h"
#include "control/admin/admin_routes.h"
#include "control/admin/admin_second_person.h"
#include "http/json_response.h"

namespace b3iq::control {

using base::Result;
using base::Task;
using http::Request;
using http::Response;

namespace {

std::string id_of(const Request& request) { return std::string(request.path_parameters.at(0)); }

Response approval_answer(const AdminParts& parts, const Approval& approval) {
  Response response;
  json::Writer w(response.body.emplace<std::string>());
  write_approval(w, approval, parts.clock.wall_ms());
  return response;
}

Task<Result<Response>> list(const AdminParts& parts, const Request& request) {
  CO_TRY(auto page, read_page(request.query, kMaxApprovalsPerPage, {}));
  ApprovalQuery query{std::move(page.before), page.limit};
  CO_TRY(const auto found, co_await parts.approvals.list(std::move(query)));
  const auto now = parts.clock.wall_ms();
  co_return http::list_answer(
      found.approvals, [&](json::Writer& w, const auto& one) { write_approval(w, one, now); },
      [&](json::Writer& w) { write_text(w, "next_before", found.next_before); });
}

Task<Result<Response>> show(const AdminParts& parts, const Request& request) {
  CO_TRY(const auto approval, co_await parts.approvals.get(id_of(request)));
  co_return approval_answer(parts, approval);
}

Task<Result<Response>> approve(const AdminParts& parts, const Request& request,
                               const AdminCaller& caller) {
  CO_TRY([[maybe_unused]] const auto body, AdminBody::parse(request.body, {}));
  CO_TRY(const auto approval, co_await parts.approvals.approve(id_of(request), caller.actor));
  co_return approval_answer(parts, approval);
}

Task<Result<Response>> deny(const AdminParts& parts, const Request& request,
                            const AdminCaller& caller) {
  CO_TRY([[maybe_unused]] const auto body, AdminBody::parse(request.body, {}));
  CO_TRY(const auto approval, co_await parts.approvals.deny(id_of(request), caller.actor));
  co_return approval_answer(parts, approval);
}

}  // namespace

void add_admin_approval_routes(http::Router& router, const AdminParts& parts) {
  using http::Method;
  auto& level = parts.levels.operator_;
  constexpr std::string_view kApprovals = "/v1/admin/approvals";
  add_admin_route(router, level, Method::get, kApprovals, "listApprovals", 0,
                  [parts](Request& request, const AdminCaller&) { return list(parts, request); });
  add_admin_route(router, level, Method::get, "/v1/admin/approvals/{approval}", "getApproval", 0,
                  [parts](Request& request, const AdminCaller&) { return show(parts, request); });
  const auto act = [&](std::string_view pattern, std::string_view id, auto handler) {
    add_admin_route(router, level, Method::post, pattern, id, parts.max_body_bytes,
                    [parts, handler](Request& request, const AdminCaller& caller) {
                      return handler(parts, request, caller);
                    });
  };
  act("/v1/admin/approvals/{approval}/approve", "approveAct", approve);
  act("/v1/admin/approvals/{approval}/deny", "denyAct", deny);
}

}  // namespace b3iq::control
