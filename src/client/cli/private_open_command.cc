#include <fmt/format.h>

#include "cli/console.h"
#include "cli/exit_status.h"
#include "cli/print_object.h"
#include "client/cli/client_commands.h"
#include "client/sealing/answer_files.h"
#include "client/sealing/given_text.h"
#include "crypto/secret_file.h"

namespace b3iq::client {
namespace {

using base::Result;
using protocol::AnswerStatus;

// A job with both envelopes in base64url, and its other members.
constexpr std::size_t kMaxJobBytes = 8 * 1024 * 1024;

Result<protocol::OpenedAnswer> open(const OpenOptions& options) {
  TRY(const auto opener, read_answer_key(options.answer_key));
  TRY(const auto text, read_given(options.answer, kMaxJobBytes, "The sealed answer"));
  TRY(const auto envelope, sealed_answer_in(text.reveal_text()));
  TRY(auto opened, opener.open(envelope));
  if (!options.receipt.empty() && opened.answer.receipt) {
    TRY_OK(crypto::write_secret_file(
        options.receipt, base::as_bytes(opened.answer.receipt->document), crypto::IfExists::fail));
  }
  return opened;
}

void print_json(const protocol::PrivateAnswer& answer) {
  cli::print_object([&](json::Writer& w) {
    w.member("job_id", answer.job_id.text());
    w.member("node_id", answer.node_id.text());
    w.member("status", protocol::wire_name(answer.status));
    w.key(answer.status == AnswerStatus::completed ? "response" : "error");
    w.raw(answer.body);
    if (!answer.receipt) return;
    w.key("receipt");
    w.raw(answer.receipt->document);
    w.member("receipt_salt", base::to_base64url(answer.receipt->salt));
  });
}

}  // namespace

int run_private_open(const OpenOptions& options) {
  const auto opened = open(options);
  if (!opened.ok()) return cli::print_error(opened.error());
  const protocol::PrivateAnswer& answer = opened->answer;
  if (options.form == OutputForm::json) {
    print_json(answer);
  } else {
    fmt::print("{}\n", answer.body);
  }
  if (answer.status == AnswerStatus::completed) return cli::kExitOk;
  fmt::print(stderr, "error: the job has ended as {}; what the node says of it is above.\n",
             protocol::wire_name(answer.status));
  return cli::kExitFailed;
}

}  // namespace b3iq::client
