#include "cli/console.h"
#include "client/cli/client_commands.h"
#include "client/cli/read_answer.h"
#include "client/cli/session.h"

namespace b3iq::client {
namespace {

base::Result<KeptJob> kept_job(const Session& session, const std::string& id) {
  TRY(const auto job_id, protocol::ClientJobId::parse(id));
  TRY(auto job, session.kept.find(job_id));
  if (job.control_plane == session.access.url) return job;
  return base::Error(base::ErrorCode::config_invalid,
                     "The job was sent to " + job.control_plane + ", not to " + session.access.url +
                         ". Say --control-plane " + job.control_plane + ".",
                     "--control-plane");
}

}  // namespace

int run_private_get(const SharedOptions& shared, const GetOptions& options) {
  auto session = Session::open(shared);
  if (!session.ok()) return cli::print_error(session.error());
  const auto job = kept_job(**session, options.job);
  if (!job.ok()) return cli::print_error(job.error());
  const AnswerWish wish{options.no_wait ? 0 : options.timeout_s * 1'000,
                        options.text ? AnswerText::message : AnswerText::body, shared.form,
                        options.any_receipt ? ReceiptRule::any : ReceiptRule::must_fit};
  return read_answer(**session, *job, wish);
}

}  // namespace b3iq::client
