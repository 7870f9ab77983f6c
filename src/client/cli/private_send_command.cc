#include <fmt/format.h>

#include "cli/console.h"
#include "cli/exit_status.h"
#include "cli/print_object.h"
#include "client/cli/answer_output.h"
#include "client/cli/client_commands.h"
#include "client/cli/read_answer.h"
#include "client/cli/session.h"
#include "client/cli/stream_output.h"
#include "client/jobs/begun_answer.h"
#include "client/sealing/given_text.h"
#include "client/sealing/request_body.h"
#include "http/blocking_task.h"
#include "protocol/private/private_request.h"

namespace b3iq::client {
namespace {

using base::Result;
using base::Status;
using base::Task;

Result<JobOrder> order_of(const SendOptions& options) {
  TRY(auto wish, wish_of(options.wish));
  TRY(const auto given,
      read_given(options.body, protocol::kMaxPrivateRequestBytes, "The request's body"));
  const auto asks = options.stream ? Asks::stream : Asks::whole;
  TRY(auto body, options.is_prompt ? body_of_prompt(given.reveal_text(), options.model, asks)
                                   : body_as_given(given.reveal_text(), options.model, asks));
  return JobOrder{std::move(body.model), std::move(body.text), std::move(wish)};
}

Task<Result<SentJob>> choose_and_send(CustomerJobs& jobs, const JobOrder& order,
                                      protocol::ClientJobId job_id) {
  CO_TRY(const auto node, co_await jobs.choose(order, {}, {}));
  co_return co_await jobs.send(order, node, std::move(job_id), {});
}

Result<SentJob> send(Session& session, const SendOptions& options) {
  auto job_id = new_private_job_id(base::system_random());
  if (!options.job.empty()) {
    TRY(job_id, protocol::ClientJobId::parse(options.job));
  }
  TRY(const auto order, order_of(options));
  return http::run_task(session.loop, choose_and_send(session.jobs, order, std::move(job_id)));
}

void print_sent(const SentJob& sent, OutputForm form) {
  const auto& opener = sent.job.opener;
  const auto& billing = sent.view.billing;
  if (form == OutputForm::text) {
    fmt::print("{} is {}, on {}, for at most {} wei. Its answer: b3iq private get {}\n",
               opener.job_id().text(), wire_name(sent.view.status), opener.node_id().text(),
               billing.reserved_wei, opener.job_id().text());
    return;
  }
  cli::print_object([&](json::Writer& w) {
    w.member("job_id", opener.job_id().text());
    w.member("node_id", opener.node_id().text());
    w.member("model_id", sent.job.model_id);
    w.member("status", wire_name(sent.view.status));
    w.member("reserved_price_wei", billing.reserved_wei);
  });
}

void warn_of(const std::optional<Overcount>& counts) {
  if (!counts) return;
  fmt::print(stderr,
             "warning: the job did not complete, and its receipt counts {} completion tokens, but "
             "only {} bytes of its answer were streamed to you. You are billed what the receipt "
             "counts; ask the node's operator.\n",
             counts->completion_tokens, counts->streamed_bytes);
}

// To its end, with what is printed while it comes; with JSON that is nothing.
Task<Status> read_stream(BegunAnswer& begun, StreamOutput& output, OutputForm form) {
  for (;;) {
    CO_TRY(const auto events, co_await begun.next());
    if (events.empty()) break;
    if (form == OutputForm::text) CO_TRY_OK(output.add(events));
  }
  if (begun.was_cut())
    fmt::print(stderr, "note: the stream was cut; the rest came with the sealed answer.\n");
  co_return Status();
}

// The job's key stays until all of it was printed and checked.
int print_stream(Session& session, SentJob sent, const AnswerWish& wish) {
  const auto job_id = sent.job.opener.job_id();
  const auto fails = [&job_id](base::Error error) {
    error.detail += fmt::format(" Its sealed answer: b3iq private get {}", job_id.text());
    return cli::print_error(error);
  };
  auto started =
      http::run_task(session.loop, session.jobs.start(std::move(sent), wish.timeout_ms, {}));
  if (!started.ok()) return fails(started.error());
  if (const auto* const whole = std::get_if<FinishedJob>(&*started))
    return print_finished(session, job_id, *whole, wish);
  auto& begun = *std::get<std::unique_ptr<BegunAnswer>>(*started);
  StreamOutput output;
  const auto read = http::run_task(session.loop, read_stream(begun, output, wish.form));
  warn_of(begun.overcount());
  if (!read.ok()) return fails(read.error());
  const auto& finished = *begun.finished();
  if (wish.form == OutputForm::json) return print_finished(session, job_id, finished, wish);
  const auto written = output.finish(finished.opened.answer.body);
  if (!written.ok()) return fails(written.error());
  return put_away(session, job_id, finished.evidence, cli::kExitOk);
}

}  // namespace

int run_private_send(const SharedOptions& shared, const SendOptions& options) {
  auto session = Session::open(shared);
  if (!session.ok()) return cli::print_error(session.error());
  auto sent = send(**session, options);
  if (!sent.ok()) return cli::print_error(sent.error());
  if (options.no_wait) {
    print_sent(*sent, shared.form);
    return cli::kExitOk;
  }
  const AnswerWish wish{
      options.timeout_s * 1'000,
      options.text || options.is_prompt || options.stream ? AnswerText::message : AnswerText::body,
      shared.form, ReceiptRule::must_fit};
  if (options.stream) return print_stream(**session, std::move(sent).value(), wish);
  return read_answer(**session, sent->job, wish);
}

}  // namespace b3iq::client
