#include <CLI/CLI.hpp>

#include "cli/option_rules.h"
#include "client/cli/client_command_values.h"
#include "client/proxy/proxy_app.h"

namespace b3iq::client {
namespace {

constexpr std::int64_t kMaxTimeoutSeconds = 86'400;
constexpr std::int64_t kMaxListed = 200;

void add_home(CLI::App& command, SharedOptions& shared) {
  command.add_option("--home", shared.home, "Folder of keys, pins and evidence (~/.b3iq-customer)")
      ->type_name("DIR");
}

void add_access(CLI::App& command, SharedOptions& shared) {
  auto& access = shared.access;
  command.add_option("--control-plane", access.url, "Its address (default: B3IQ_GATEWAY_BASE_URL)")
      ->type_name("URL");
  command.add_option("--customer", access.customer, "Who you are (default: B3IQ_CUSTOMER_ID)")
      ->type_name("ID");
  command
      .add_option("--customer-token-file", access.token_file,
                  "File with your token (default: B3IQ_CUSTOMER_TOKEN_FILE)")
      ->type_name("FILE");
  command.add_option("--ca-file", access.ca_file, "File: the authorities that are trusted")
      ->type_name("FILE");
  add_home(command, shared);
}

void add_pins(CLI::App& command, SharedOptions& shared) {
  command
      .add_option("--pins", shared.pins,
                  "File: the only nodes and control planes that are used (default: those seen "
                  "before, and new ones are remembered)")
      ->type_name("FILE");
}

void add_wish(CLI::App& command, WishOptions& wish) {
  command.add_option("--node", wish.node, "This node and no other")->type_name("ID");
  command.add_option("--max-price-wei", wish.max_price_wei, "The most that a job may cost")
      ->type_name("WEI");
  auto* privacy =
      command.add_option("--privacy-class", wish.privacy_class, "The least privacy that will do");
  cli::takes_one_of(
      privacy, {"private_transport", "verified_confidential_cpu", "verified_confidential_gpu"});
}

void add_timeout(CLI::App& command, std::int64_t& seconds) {
  auto* timeout = command.add_option("--timeout", seconds, "Seconds to wait for an answer");
  cli::takes_whole_number(timeout, 1, kMaxTimeoutSeconds);
}

void add_send(CLI::App& group, CommandValues& values) {
  auto* send = add_command(group, values, "send", "Seal a request, send it, print its answer");
  add_access(*send, values.shared);
  add_pins(*send, values.shared);
  auto& options = values.send;
  add_wish(*send, options.wish);
  send->add_option("--model", options.model, "The model (default: the body's)")->type_name("NAME");
  send->add_option("--job", options.job, "The job's id (default: a new one)")->type_name("ID");
  send->add_option("--body", options.body, "File: an OpenAI chat body (default: standard input)")
      ->type_name("FILE");
  send->add_flag("--prompt", options.is_prompt, "The body is a plain prompt instead");
  send->add_flag("--text", options.text, "Print the message's text alone");
  auto* no_wait =
      send->add_flag("--no-wait", options.no_wait, "Do not wait: the answer is for private get");
  send->add_flag("--stream", options.stream, "Print the message's text while it comes")
      ->excludes(no_wait);
  add_timeout(*send, options.timeout_s);
}

void add_get(CLI::App& group, CommandValues& values) {
  auto* get = add_command(group, values, "get", "Open and print the answer of a job that was sent");
  add_access(*get, values.shared);
  auto& options = values.get;
  get->add_option("job", options.job, "The job's id")->required()->type_name("JOB");
  get->add_flag("--text", options.text, "Print the message's text alone");
  get->add_flag("--no-wait", options.no_wait, "Do not wait for the answer");
  get->add_flag("--any-receipt", options.any_receipt,
                "Print also an answer whose receipt does not fit");
  add_timeout(*get, options.timeout_s);
}

void add_proxy(CLI::App& group, CommandValues& values) {
  auto* proxy = add_command(group, values, "proxy",
                            "Serve OpenAI clients of this machine; each chat is a private job");
  add_access(*proxy, values.shared);
  add_pins(*proxy, values.shared);
  auto& options = values.proxy;
  add_wish(*proxy, options.wish);
  proxy->add_option("--listen", options.listen, "Loopback address (127.0.0.1:8832)")
      ->type_name("ADDRESS");
  proxy->add_flag("--keep-evidence", options.keep_evidence, "Keep what proves each job");
  add_timeout(*proxy, options.timeout_s);
}

void add_seal_and_open(CLI::App& group, CommandValues& values) {
  auto* seal =
      add_command(group, values, "seal", "Seal a request to a node, into an envelope file");
  auto& options = values.seal;
  seal->add_option("--binding", options.binding, "File: the node's transport-key binding")
      ->required()
      ->type_name("FILE");
  seal->add_option("--node", options.node, "The node's id, as you know it")
      ->required()
      ->type_name("ID");
  seal->add_option("--model", options.model, "The model (default: the body's)")->type_name("NAME");
  seal->add_option("--job", options.job, "The job's id (default: a new one)")->type_name("ID");
  seal->add_option("--body", options.body, "File: an OpenAI chat body (default: standard input)")
      ->type_name("FILE");
  seal->add_flag("--prompt", options.is_prompt, "The body is a plain prompt instead");
  seal->add_option("--out", options.out, "File for the envelope")->required()->type_name("FILE");
  seal->add_option("--answer-key", options.answer_key,
                   "New file for the secret that opens the answer")
      ->required()
      ->type_name("FILE");
  auto* open = add_command(group, values, "open", "Open the sealed answer of a request");
  open->add_option("--answer-key", values.open.answer_key, "The file that seal wrote")
      ->required()
      ->type_name("FILE");
  open->add_option("answer", values.open.answer,
                   "File: the job as it was answered, or its encrypted_response (default: "
                   "standard input)")
      ->type_name("FILE");
  open->add_option("--receipt", values.open.receipt, "New file for the signed receipt")
      ->type_name("FILE");
}

}  // namespace

void add_private_commands(CLI::App& root, CommandValues& values) {
  auto* group = root.add_subcommand("private", "Requests that only one node can read");
  group->require_subcommand(1);
  add_send(*group, values);
  add_get(*group, values);
  auto* list = add_command(*group, values, "list", "Your jobs, the newest first");
  add_access(*list, values.shared);
  auto* limit = list->add_option("--limit", values.list_limit, "At most so many");
  cli::takes_whole_number(limit, 1, kMaxListed);
  auto* cancel = add_command(*group, values, "cancel", "Cancel a job");
  add_access(*cancel, values.shared);
  cancel->add_option("job", values.cancel_job, "The job's id")->required()->type_name("JOB");
  add_proxy(*group, values);
  add_seal_and_open(*group, values);
}

void add_evidence_commands(CLI::App& root, CommandValues& values) {
  auto* group = root.add_subcommand("verify", "Check evidence on this machine alone");
  group->require_subcommand(1);
  auto* binding =
      add_command(*group, values, "binding", "Whether a transport key is the node's own");
  binding->add_option("file", values.binding.file, "The binding (default: standard input)")
      ->type_name("FILE");
  binding->add_option("--node", values.binding.node, "The node's id, as you know it")
      ->required()
      ->type_name("ID");
  binding->add_option("--at", values.binding.at, "Check for this UTC time (default: now)")
      ->type_name("TIME");

  auto* receipt =
      add_command(*group, values, "receipt", "Who signed a receipt, and what it is about");
  auto& of = values.receipt;
  receipt
      ->add_option("file", of.file,
                   "Evidence, an opened answer or a receipt (default: "
                   "standard input)")
      ->type_name("FILE");
  receipt->add_option("--binding", of.binding, "File: the node's transport-key binding")
      ->type_name("FILE");
  receipt->add_option("--node", of.node, "The node's id, as you know it")->type_name("ID");
  receipt->add_option("--opened", of.opened, "File: the opened answer (--json), for its salt")
      ->type_name("FILE");
  receipt->add_option("--request", of.request, "File: the body, as it was sealed")
      ->type_name("FILE");
  receipt->add_option("--response", of.response, "File: the response, as it was sealed")
      ->type_name("FILE");

  auto* log = add_command(*group, values, "log",
                          "A checkpoint; a receipt in the log; that the log only grew");
  auto& log_of = values.log;
  log->add_option("--log-key", log_of.log_key, "The log's verifier key")->type_name("KEY");
  log->add_option("--log", log_of.log, "File: the control plane's statement (/v1/log)")
      ->type_name("FILE");
  log->add_option("--control-plane", values.shared.access.url, "Whose pinned log it is")
      ->type_name("URL");
  log->add_option("--checkpoint", log_of.checkpoint, "File: a checkpoint")->type_name("FILE");
  log->add_option("--older", log_of.older, "File: a checkpoint from before")->type_name("FILE");
  log->add_option("--tiles", log_of.tiles, "Folder of tile/, as log fetch makes it")
      ->type_name("DIR");
  log->add_option("--receipt", log_of.receipt, "File: a receipt, or evidence")->type_name("FILE");
  log->add_option("--proof", log_of.proof, "File: the receipt's proof")->type_name("FILE");
  add_home(*log, values.shared);

  auto* fetched = root.add_subcommand("log", "A control plane's receipt log");
  fetched->require_subcommand(1);
  auto* fetch = add_command(*fetched, values, "fetch", "Fetch what verify log checks");
  fetch->add_option("folder", values.log_fetch.folder, "Where to")->required()->type_name("DIR");
  fetch->add_option("--receipt", values.log_fetch.receipt, "This receipt and its proof too")
      ->type_name("HASH");
  fetch->add_option("--older", values.log_fetch.older, "File: the checkpoint to compare with")
      ->type_name("FILE");
  fetch->add_option("--control-plane", values.shared.access.url, "Its address")->type_name("URL");
  fetch->add_option("--ca-file", values.shared.access.ca_file, "File: the authorities to trust")
      ->type_name("FILE");

  auto* pins = root.add_subcommand("pins", "Nodes and control planes that you have come to know");
  pins->require_subcommand(1);
  auto* list = add_command(*pins, values, "list", "Show them");
  add_home(*list, values.shared);
  add_pins(*list, values.shared);
  auto* forget = add_command(*pins, values, "forget", "Forget one");
  forget->add_option("what", values.pin, "A node's id, or a control plane's address")
      ->required()
      ->type_name("ID");
  add_home(*forget, values.shared);
}

}  // namespace b3iq::client
