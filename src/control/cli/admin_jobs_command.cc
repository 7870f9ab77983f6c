// `admin jobs list|show|recover|purge`: private jobs, of which no command sees an envelope.
#include "control/cli/admin_call.h"

namespace b3iq::control {
namespace {

constexpr std::string_view kJobs = "/v1/admin/private-jobs";

const Columns kColumns = {{"JOB", "id"},
                          {"CUSTOMER", "customer_id"},
                          {"NODE", "node_id"},
                          {"MODEL", "model_id"},
                          {"STATUS", "status"},
                          {"BILLING", "billing_status"},
                          {"CREATED", "created_at"}};

std::string mode_body(const AdminOptions& options, std::string_view really) {
  const std::string_view mode = options.dry_run ? "dry_run" : really;
  return body_of({{"mode", mode}, {"older_than", options.older_than}});
}

void print_if_more(json::Value root) {
  if (root.find("more").boolean().value_or(false)) fmt::print("There may be more: run it again.\n");
}

}  // namespace

int run_jobs_list(const AdminOptions& options) {
  const auto query = query_of({{"limit", std::to_string(options.limit)},
                               {"before", options.page},
                               {"customer", options.other_id},
                               {"status", options.state}});
  const auto answer = call_admin(options, http::Method::get, std::string(kJobs) + query);
  return print_admin(options, answer, [](json::Value root) {
    print_list(root, kColumns, "There are no such private jobs.");
  });
}

int run_jobs_show(const AdminOptions& options) {
  const auto answer =
      call_admin(options, http::Method::get, fmt::format("{}/{}", kJobs, encoded(options.id)));
  return print_admin(options, answer, [](json::Value root) {
    for (std::size_t i = 0; i < root.size(); ++i) {
      const auto member = root.member(i);
      fmt::print("{:<20}{}\n", member.name, cell_text(member.value));
    }
  });
}

int run_jobs_recover(const AdminOptions& options) {
  const auto answer = call_admin(options, http::Method::post, std::string(kJobs) + "/recovery",
                                 mode_body(options, "release"));
  return print_admin(options, answer, [&options](json::Value root) {
    print_list(root,
               {{"JOB", "id"},
                {"CUSTOMER", "customer_id"},
                {"STATUS", "status"},
                {options.dry_run ? "WOULD END AS" : "ENDED AS", "ends_as"},
                {"RESERVED", "reserved_price_wei"},
                {"CREATED", "created_at"}},
               "No job stands still.");
    print_if_more(root);
  });
}

int run_jobs_purge(const AdminOptions& options) {
  const auto answer = call_admin(options, http::Method::post, std::string(kJobs) + "/purge",
                                 mode_body(options, "purge"));
  return print_admin(options, answer, [&options](json::Value root) {
    fmt::print("{} {} jobs.\n",
               options.dry_run ? "Would empty the envelopes of" : "Emptied the envelopes of",
               root.find("jobs").integer().value_or(0));
    print_if_more(root);
  });
}

}  // namespace b3iq::control
