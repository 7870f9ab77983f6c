#include <fmt/format.h>

#include "cli/console.h"
#include "cli/exit_status.h"
#include "cli/print_object.h"
#include "client/cli/client_commands.h"
#include "client/cli/session.h"
#include "http/blocking_task.h"

namespace b3iq::client {
namespace {

base::Result<JobView> cancel(Session& session, const protocol::ClientJobId& job_id) {
  TRY(auto view, http::run_task(session.loop, session.api.cancel(job_id)));
  // A node that was already at it may still bring an answer.
  if (is_terminal(view.status) && !view.answer) session.kept.remove(job_id);
  return view;
}

}  // namespace

int run_private_cancel(const SharedOptions& shared, const std::string& job) {
  const auto job_id = protocol::ClientJobId::parse(job);
  if (!job_id.ok()) return cli::print_error(job_id.error());
  auto session = Session::open(shared);
  if (!session.ok()) return cli::print_error(session.error());
  const auto view = cancel(**session, *job_id);
  if (!view.ok()) return cli::print_error(view.error());
  if (shared.form == OutputForm::json) {
    cli::print_object([&](json::Writer& w) {
      w.member("job_id", job_id->text());
      w.member("status", wire_name(view->status));
      w.member("billing_status", view->billing.status);
    });
  } else if (!is_terminal(view->status)) {
    fmt::print(
        "{} is {}: its node was told to stop, and what it has made is billed. What came of "
        "it: b3iq private get {}\n",
        job_id->text(), wire_name(view->status), job_id->text());
  } else {
    fmt::print("{} is {}; billing: {}.\n", job_id->text(), wire_name(view->status),
               view->billing.status.empty() ? "-" : view->billing.status);
  }
  return cli::kExitOk;
}

}  // namespace b3iq::client
