#include <fmt/format.h>

#include <algorithm>

#include "cli/console.h"
#include "cli/exit_status.h"
#include "cli/print_object.h"
#include "client/cli/client_commands.h"
#include "client/cli/session.h"
#include "http/blocking_task.h"

namespace b3iq::client {
namespace {

using Ids = std::vector<std::string>;

bool has_key(const Ids& kept, const JobView& job) {
  return std::ranges::find(kept, job.job_id) != kept.end();
}

std::string shown(const std::string& text) { return text.empty() ? "-" : text; }

void print_jobs(const std::vector<JobView>& jobs, const Ids& kept) {
  if (jobs.empty()) {
    fmt::print("There are no private jobs.\n");
    return;
  }
  std::vector<std::vector<std::string>> rows{
      {"JOB", "STATUS", "BILLING", "NODE", "MODEL", "CREATED", "KEY HERE", "FAILURE"}};
  for (const auto& job : jobs) {
    rows.push_back({job.job_id, std::string(wire_name(job.status)), shown(job.billing.status),
                    shown(job.node_id), shown(job.model_id), shown(job.created_at),
                    has_key(kept, job) ? "yes" : "no", shown(job.failure)});
  }
  cli::print_table(rows);
}

void print_json(const std::vector<JobView>& jobs, const Ids& kept) {
  cli::print_object([&](json::Writer& w) {
    w.key("data");
    w.begin_array();
    for (const auto& job : jobs) {
      w.begin_object();
      w.member("job_id", job.job_id);
      w.member("status", wire_name(job.status));
      w.member("billing_status", job.billing.status);
      w.member("node_id", job.node_id);
      w.member("model_id", job.model_id);
      w.member("created_at", job.created_at);
      w.member("failure", job.failure);
      w.member("has_answer_key", has_key(kept, job));
      w.end_object();
    }
    w.end_array();
  });
}

}  // namespace

int run_private_list(const SharedOptions& shared, std::int64_t limit) {
  auto session = Session::open(shared);
  if (!session.ok()) return cli::print_error(session.error());
  const auto kept = (*session)->kept.list();
  if (!kept.ok()) return cli::print_error(kept.error());
  const auto jobs = http::run_task((*session)->loop, (*session)->api.list(static_cast<int>(limit)));
  if (!jobs.ok()) return cli::print_error(jobs.error());
  shared.form == OutputForm::json ? print_json(*jobs, *kept) : print_jobs(*jobs, *kept);
  return cli::kExitOk;
}

}  // namespace b3iq::client
