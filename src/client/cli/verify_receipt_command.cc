#include <fmt/format.h>

#include "base/clock.h"
#include "cli/console.h"
#include "cli/exit_status.h"
#include "cli/print_object.h"
#include "client/cli/client_commands.h"
#include "client/evidence/job_evidence.h"
#include "client/evidence/receipt_input.h"
#include "client/sealing/binding_file.h"
#include "client/sealing/given_text.h"

namespace b3iq::client {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::size_t kMaxAnswerFileBytes = 8 * 1024 * 1024;
constexpr std::size_t kMaxBodyBytes = 8 * 1024 * 1024;

Error missing(std::string detail) { return Error(ErrorCode::invalid_request, std::move(detail)); }

// What `--opened` and `--binding` add to the file.
Result<ReceiptInput> read_input(const ReceiptOptions& options) {
  TRY(const auto text, read_given(options.file, kMaxAnswerFileBytes, "The receipt"));
  TRY(auto input, read_receipt_input(text.reveal_text()));
  if (!options.opened.empty()) {
    TRY(const auto opened, read_given(options.opened, kMaxAnswerFileBytes, "The opened answer"));
    TRY(auto more, read_receipt_input(opened.reveal_text()));
    if (more.salt) input.salt = more.salt;
    if (more.response_hash) input.response_hash = more.response_hash;
  }
  if (!options.binding.empty()) {
    TRY(input.binding, read_binding(options.binding));
  }
  return input;
}

// A file's hash; what the input says where there is no file. Both: they must be alike.
base::Status take_hash(const std::string& path, std::string_view what,
                       std::optional<crypto::Sha256Digest>& hash) {
  if (path.empty()) return {};
  TRY(const auto text, read_given(path, kMaxBodyBytes, what));
  const auto given = crypto::sha256(text.reveal());
  if (hash && *hash != given) {
    return Error(ErrorCode::receipt_rejected,
                 fmt::format("{} in {} is not what was sealed.", what, path));
  }
  hash = given;
  return {};
}

struct Outcome {
  CheckedReceipt receipt;
  bool content = false;  // the commitment was checked as well
};

Result<Outcome> check(const ReceiptOptions& options) {
  TRY(auto input, read_input(options));
  if (!input.binding) {
    return missing(
        "The node's key is needed: --binding FILE, its transport-key binding "
        "(/v1/public/nodes/b3n_…/transport-key of the control plane).");
  }
  if (!options.node.empty() && input.binding->binding.node_id.text() != options.node) {
    return Error(ErrorCode::receipt_rejected,
                 fmt::format("The key binding is {}'s, and not {}'s.",
                             input.binding->binding.node_id.text(), options.node));
  }
  TRY(auto checked, check_signed_receipt(input.receipt, *input.binding));
  TRY_OK(take_hash(options.request, "The request", input.request_hash));
  TRY_OK(take_hash(options.response, "The response", input.response_hash));
  Outcome outcome{std::move(checked), false};
  if (input.salt && input.request_hash && input.response_hash) {
    TRY_OK(check_content(outcome.receipt.receipt, *input.salt, *input.request_hash,
                         *input.response_hash));
    outcome.content = true;
  } else if (!options.request.empty() || !options.response.empty()) {
    return missing(
        "To check what the receipt is about, all three are needed: the salt (--opened, or the "
        "evidence), the request and the response.");
  }
  return outcome;
}

void print_json(const Outcome& outcome) {
  const auto& receipt = outcome.receipt.receipt;
  cli::print_object([&](json::Writer& w) {
    w.member("receipt_hash", outcome.receipt.hash);
    w.member("node_id", receipt.node_id.text());
    w.member("model_id", receipt.model_id);
    w.member("privacy_class", protocol::wire_name(receipt.privacy_class));
    w.member("prompt_tokens", receipt.usage.prompt_tokens);
    w.member("completion_tokens", receipt.usage.completion_tokens);
    w.member("completed_at", base::format_rfc3339(receipt.completed_at_ms));
    w.member("finish", protocol::wire_name(receipt.finish));
    w.member("content_checked", outcome.content);
  });
}

void print_text(const Outcome& outcome) {
  const auto& receipt = outcome.receipt.receipt;
  fmt::print("Signed by {}.\nreceipt  {}\nwork     {}, {} + {} tokens, {}, at {}\ncontent  {}\n",
             receipt.node_id.text(), outcome.receipt.hash, receipt.model_id,
             receipt.usage.prompt_tokens, receipt.usage.completion_tokens,
             protocol::wire_name(receipt.finish), base::format_rfc3339(receipt.completed_at_ms),
             outcome.content ? "it is about exactly this request and this response"
                             : "not checked: that needs the salt, the request and the response");
}

}  // namespace

int run_verify_receipt(const ReceiptOptions& options) {
  const auto outcome = check(options);
  if (!outcome.ok()) return cli::print_error(outcome.error());
  options.form == OutputForm::json ? print_json(*outcome) : print_text(*outcome);
  return cli::kExitOk;
}

}  // namespace b3iq::client
