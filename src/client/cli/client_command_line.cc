#include "client/cli/client_command_line.h"

#include <CLI/CLI.hpp>

#include "cli/parse_report.h"
#include "client/cli/client_commands.h"

namespace b3iq::client {
namespace {

struct Values {
  bool json = false;
  SealOptions seal;
  OpenOptions open;
  BindingOptions binding;
};

CLI::App* add(CLI::App& app, Values& values, const char* name, const char* help) {
  auto* command = app.add_subcommand(name, help);
  command->add_flag("--json", values.json, "Print JSON");
  return command;
}

void add_private(CLI::App& app, Values& values) {
  auto* group = app.add_subcommand("private", "Requests that only one node can read");
  group->require_subcommand(1);
  auto* seal = add(*group, values, "seal", "Seal a request to a node, into an envelope file");
  seal->add_option("--binding", values.seal.binding, "File: the node's transport-key binding")
      ->required();
  seal->add_option("--node", values.seal.node, "The node's id, b3n_…, as you know it")->required();
  seal->add_option("--model", values.seal.model, "The model (default: the body's)");
  seal->add_option("--job", values.seal.job, "The job's id (default: a new one)");
  seal->add_option("--body", values.seal.body,
                   "File: an OpenAI chat body (default: standard input)");
  seal->add_flag("--prompt", values.seal.is_prompt, "The body is a plain prompt instead");
  seal->add_option("--out", values.seal.out, "File for the envelope")->required();
  seal->add_option("--answer-key", values.seal.answer_key,
                   "New file for the secret that opens the answer")
      ->required();
  auto* open = add(*group, values, "open", "Open the sealed answer of a request");
  open->add_option("--answer-key", values.open.answer_key, "The file that seal wrote")->required();
  open->add_option("answer", values.open.answer,
                   "File: the job as it was answered, or its encrypted_response (default: "
                   "standard input)");
  open->add_option("--receipt", values.open.receipt, "New file for the signed receipt");
}

void add_verify(CLI::App& app, Values& values) {
  auto* group = app.add_subcommand("verify", "Check evidence on this machine alone");
  group->require_subcommand(1);
  auto* binding = add(*group, values, "binding", "Whether a transport key is the node's own");
  binding->add_option("file", values.binding.file, "The binding (default: standard input)");
  binding->add_option("--node", values.binding.node, "The node's id, b3n_…, as you know it")
      ->required();
  binding->add_option("--at", values.binding.at, "Check for this UTC time (default: now)");
}

int dispatch(CLI::App& app, Values& values) {
  const auto form = values.json ? OutputForm::json : OutputForm::text;
  values.seal.form = values.open.form = values.binding.form = form;
  if (app.got_subcommand("version")) return run_version(form);
  if (app.got_subcommand("verify")) return run_verify_binding(values.binding);
  return app.get_subcommand("private")->got_subcommand("seal") ? run_private_seal(values.seal)
                                                               : run_private_open(values.open);
}

}  // namespace

int run_client_command_line(int argc, const char* const* argv) {
  CLI::App app("B3IQ for customers: private requests, and evidence checked on your own machine",
               "b3iq");
  app.require_subcommand(1);
  Values values;
  add_private(app, values);
  add_verify(app, values);
  add(app, values, "version", "Print the version");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli::report_parse_error(app, error);
  }
  return dispatch(app, values);
}

}  // namespace b3iq::client
