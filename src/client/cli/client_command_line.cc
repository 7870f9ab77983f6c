#include "client/cli/client_command_line.h"

#include <CLI/CLI.hpp>

#include "cli/command_tree.h"
#include "cli/console.h"
#include "cli/exit_status.h"
#include "cli/option_rules.h"
#include "cli/parse_report.h"
#include "client/cli/argument_secrets.h"
#include "client/cli/client_command_values.h"
#include "client/cli/client_manual.h"

namespace b3iq::client {
namespace {

int run_private(const CLI::App& group, const CommandValues& values) {
  const auto& shared = values.shared;
  if (group.got_subcommand("send")) return run_private_send(shared, values.send);
  if (group.got_subcommand("get")) return run_private_get(shared, values.get);
  if (group.got_subcommand("list")) return run_private_list(shared, values.list_limit);
  if (group.got_subcommand("cancel")) return run_private_cancel(shared, values.cancel_job);
  if (group.got_subcommand("proxy")) return run_private_proxy(shared, values.proxy);
  if (group.got_subcommand("seal")) return run_private_seal(values.seal);
  return run_private_open(values.open);
}

int run_verify(const CLI::App& group, const CommandValues& values) {
  if (group.got_subcommand("receipt")) return run_verify_receipt(values.receipt);
  if (group.got_subcommand("log")) return run_verify_log(values.shared, values.log);
  return run_verify_binding(values.binding);
}

int dispatch(const CLI::App& app, CommandValues& values) {
  const auto form = values.json ? OutputForm::json : OutputForm::text;
  values.shared.form = values.seal.form = values.open.form = form;
  values.binding.form = values.receipt.form = form;
  if (app.got_subcommand("version")) return run_version(form);
  if (app.got_subcommand("completion")) {
    cli::print_completion(app, values.completion, manual_facts());
    return cli::kExitOk;
  }
  if (app.got_subcommand("verify")) return run_verify(*app.get_subcommand("verify"), values);
  if (app.got_subcommand("log")) return run_log_fetch(values.shared, values.log_fetch);
  if (const auto* pins = app.get_subcommand("pins"); app.got_subcommand("pins")) {
    return pins->got_subcommand("forget") ? run_pins_forget(values.shared, values.pin)
                                          : run_pins_list(values.shared);
  }
  return run_private(*app.get_subcommand("private"), values);
}

}  // namespace

CLI::App* add_command(CLI::App& parent, CommandValues& values, const char* name, const char* help) {
  auto* command = parent.add_subcommand(name, help);
  command->add_flag("--json", values.json, "Print JSON");
  return command;
}

std::unique_ptr<CLI::App> make_command_table(CommandValues& values) {
  auto app = std::make_unique<CLI::App>(
      "B3IQ for customers: private requests, and evidence checked on your own machine", "b3iq");
  app->require_subcommand(1);
  add_private_commands(*app, values);
  add_evidence_commands(*app, values);
  auto* completion =
      app->add_subcommand("completion", "Print completions for a shell, or the manual page");
  cli::takes_one_of(completion->add_option("shell", values.completion, "Which")->required(),
                    {"bash", "zsh", "fish", "man"});
  add_command(*app, values, "version", "Print the version");
  return app;
}

int run_client_command_line(int argc, const char* const* argv) {
  if (const auto told = secret_among({argv, static_cast<std::size_t>(argc)}))
    return cli::print_usage_error(*told);
  CommandValues values;
  const auto app = make_command_table(values);
  try {
    app->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli::report_parse_error(*app, error);
  }
  return dispatch(*app, values);
}

}  // namespace b3iq::client
