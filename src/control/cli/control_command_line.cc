#include "control/cli/control_command_line.h"

#include <CLI/CLI.hpp>

#include "cli/console.h"
#include "cli/exit_status.h"
#include "cli/parse_report.h"
#include "control/cli/admin_command_table.h"
#include "control/cli/control_commands.h"

namespace b3iq::control {
namespace {

struct Values {
  std::string home;
  bool json = false;
  bool with_origin = false;
  ServeOptions serve;
  InitOptions init;
  BackupOptions backup;
  AdminChoice admin;
  OutputForm form() const { return json ? OutputForm::json : OutputForm::text; }
};

CLI::App* add(CLI::App& app, Values& values, const char* name, const char* help) {
  auto* command = app.add_subcommand(name, help);
  command->add_flag("--json", values.json, "Print JSON");
  return command;
}

void add_own_commands(CLI::App& app, Values& values) {
  auto* serve = app.add_subcommand("serve", "Run the control plane until it is told to stop");
  serve->add_option("--listen", values.serve.listen, "Address and port, instead of config.json's");
  serve->add_option("--database", values.serve.database,
                    "postgresql://… without a password (with one: database_file in config.json)");
  auto* init = add(app, values, "init", "Make a new control plane: its identity and config.json");
  init->add_option("--public-url", values.init.public_url, "How nodes reach it: https://…");
  init->add_option("--listen", values.init.listen, "Address and port (default: 127.0.0.1:8840)");
  auto* backup = add(app, values, "backup", "Copy database, keys and config into a new folder");
  backup->add_option("folder", values.backup.folder, "The new folder")->required();
  auto* restore = add(app, values, "restore", "Make a home from a backup");
  restore->add_option("folder", values.backup.folder, "The backup")->required();
  auto* log = app.add_subcommand("receipt-log", "The log of accepted receipts");
  log->require_subcommand(1);
  add(*log, values, "renew", "End the log, and begin a new one with a new key at the next start");
  auto* config = app.add_subcommand("config", "Settings");
  config->require_subcommand(1);
  auto* show = add(*config, values, "show", "All settings, secrets hidden");
  show->add_flag("--origin", values.with_origin, "Where each comes from");
  add(*config, values, "check", "Whether config.json is right");
  config->add_subcommand("reference", "The reference page of all settings, in Markdown");
  add(app, values, "doctor", "Look for what is wrong, and say what mends it");
  add(app, values, "version", "Print the version");
}

int run_config(CLI::App& app, const ControlHome& home, const Values& values) {
  auto* config = app.get_subcommand("config");
  if (config->got_subcommand("reference")) return run_config_reference();
  return config->got_subcommand("show") ? run_config_show(home, values.with_origin, values.form())
                                        : run_config_check(home, values.form());
}

int dispatch(CLI::App& app, Values& values) {
  if (app.got_subcommand("version")) return run_version(values.form());
  if (values.admin.run) {
    auto& options = values.admin.options;
    options.form = values.admin.json ? OutputForm::json : OutputForm::text;
    options.target.home = values.home;
    return values.admin.run(options);
  }
  const auto home = find_control_home(values.home);
  if (!home.ok()) return cli::print_error(home.error());
  values.init.form = values.backup.form = values.form();
  if (app.got_subcommand("serve")) return run_serve(*home, values.serve);
  if (app.got_subcommand("init")) return run_init(*home, values.init);
  if (app.got_subcommand("backup")) return run_backup(*home, values.backup);
  if (app.got_subcommand("restore")) return run_restore(*home, values.backup);
  if (app.got_subcommand("receipt-log")) return run_receipt_log_renew(*home, values.form());
  if (app.got_subcommand("config")) return run_config(app, *home, values);
  return run_doctor(*home, values.form());
}

}  // namespace

int run_control_command_line(int argc, char** argv) {
  CLI::App app("B3IQ control plane: enrolls nodes, keeps their inventory, gives them commands",
               "b3iq-control-plane");
  app.require_subcommand(1);
  app.fallthrough();
  Values values;
  app.add_option("--home", values.home,
                 "The control plane's folder (default: B3IQ_CONTROL_HOME, else ~/.b3iq-control)");
  add_own_commands(app, values);
  add_admin_commands(app, values.admin);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli::report_parse_error(app, error);
  }
  return dispatch(app, values);
}

}  // namespace b3iq::control
