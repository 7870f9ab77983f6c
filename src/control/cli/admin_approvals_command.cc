#include "control/cli/admin_call.h"

namespace b3iq::control {
namespace {

constexpr std::string_view kApprovals = "/v1/admin/approvals";

std::string path_of(const AdminOptions& options, std::string_view rest = {}) {
  return fmt::format("{}/{}{}", kApprovals, encoded(options.id), rest);
}

}  // namespace

int run_approvals_list(const AdminOptions& options) {
  const auto query = query_of({{"limit", std::to_string(options.limit)}, {"before", options.page}});
  const auto answer = call_admin(options, http::Method::get, std::string(kApprovals) + query);
  return print_admin(options, answer, [](json::Value root) {
    print_list(root,
               {{"ID", "id"},
                {"STATE", "state"},
                {"ACT", "act"},
                {"TARGET", "target"},
                {"ASKED BY", "asked_by"},
                {"UNTIL", "expires_at"},
                {"DECIDED BY", "decided_by"}},
               "Nobody has asked for a second person's approval.");
  });
}

int run_approvals_show(const AdminOptions& options) {
  const auto answer = call_admin(options, http::Method::get, path_of(options));
  return print_admin(options, answer, [](json::Value approval) {
    for (const auto* name : {"id", "state", "act", "target", "arguments", "asked_by", "asked_at",
                             "expires_at", "decided_by", "decided_at", "used_at"})
      fmt::print("{:<12}{}\n", name, cell_text(approval.find(name)));
  });
}

int run_approvals_approve(const AdminOptions& options) {
  const auto answer = call_admin(options, http::Method::post, path_of(options, "/approve"));
  return print_admin(options, answer, [](json::Value approval) {
    fmt::print("{} ({} {}, {}) is approved. {} can do it once, until {}, with --approval {}\n",
               cell_text(approval.find("id")), cell_text(approval.find("act")),
               cell_text(approval.find("target")), cell_text(approval.find("arguments")),
               cell_text(approval.find("asked_by")), cell_text(approval.find("expires_at")),
               cell_text(approval.find("id")));
  });
}

int run_approvals_deny(const AdminOptions& options) {
  const auto answer = call_admin(options, http::Method::post, path_of(options, "/deny"));
  return print_admin(options, answer, [](json::Value approval) {
    fmt::print("{} permits nothing.\n", cell_text(approval.find("id")));
  });
}

}  // namespace b3iq::control
