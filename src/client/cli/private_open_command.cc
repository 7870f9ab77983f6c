#include "cli/console.h"
#include "client/cli/answer_output.h"
#include "client/cli/client_commands.h"
#include "client/sealing/answer_files.h"
#include "client/sealing/given_text.h"
#include "crypto/secret_file.h"

namespace b3iq::client {
namespace {

using base::Result;

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

}  // namespace

int run_private_open(const OpenOptions& options) {
  const auto opened = open(options);
  if (!opened.ok()) return cli::print_error(opened.error());
  return print_answer(opened->answer, AnswerText::body, options.form).exit_code;
}

}  // namespace b3iq::client
