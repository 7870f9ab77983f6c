#include <fmt/format.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/random.h"
#include "cli/console.h"
#include "cli/exit_status.h"
#include "cli/print_object.h"
#include "client/cli/client_commands.h"
#include "client/jobs/customer_jobs.h"
#include "client/sealing/answer_files.h"
#include "client/sealing/binding_file.h"
#include "client/sealing/given_text.h"
#include "client/sealing/request_body.h"

namespace b3iq::client {
namespace {

using base::Result;

struct Sealed {
  protocol::SealedRequest request;
  std::string model;
};

Result<Sealed> seal(const SealOptions& options, const std::string& job) {
  TRY(const auto job_id, protocol::ClientJobId::parse(job));
  TRY(const auto binding,
      verified_binding(options.binding, options.node, base::system_clock().wall_ms()));
  TRY(const auto given,
      read_given(options.body, protocol::kMaxPrivateRequestBytes, "The request's body"));
  TRY(const auto body, options.is_prompt ? body_of_prompt(given.reveal_text(), options.model)
                                         : body_as_given(given.reveal_text(), options.model));
  protocol::PrivateRequest request{
      job_id, binding.node_id, body.model, {}, body.text.reveal_text()};
  base::system_random().fill(request.customer_nonce);
  TRY(auto sealed, protocol::seal_request(request, {binding.public_key_x25519, binding.key_id},
                                          base::system_random()));
  TRY_OK(write_sealed_request(sealed, options.out, options.answer_key));
  return Sealed{std::move(sealed), body.model};
}

}  // namespace

int run_private_seal(const SealOptions& options) {
  // One stream cannot be both.
  if ((options.binding.empty() || options.binding == "-"))
    return cli::print_usage_error("--binding is a file");
  const std::string job =
      options.job.empty() ? new_private_job_id(base::system_random()).text() : options.job;
  const auto sealed = seal(options, job);
  if (!sealed.ok()) return cli::print_error(sealed.error());
  if (options.form == OutputForm::json) {
    cli::print_object([&](json::Writer& w) {
      w.member("job_id", job);
      w.member("node_id", options.node);
      w.member("model_id", sealed->model);
      w.member("key_id", sealed->request.envelope.key_id.text());
      w.member("envelope_file", options.out);
      w.member("answer_key_file", options.answer_key);
    });
  } else {
    fmt::print(
        "Sealed for {}. Send with job_id {}, this node_id and model_id {}.\n"
        "envelope    {}\nanswer key  {} (secret; needed to open the answer)\n",
        options.node, job, sealed->model, options.out, options.answer_key);
  }
  return cli::kExitOk;
}

}  // namespace b3iq::client
