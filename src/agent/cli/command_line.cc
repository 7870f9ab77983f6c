// Reads the command line and calls the command's function.
#include <CLI/CLI.hpp>

#include <cstdio>

#include "agent/cli/command_table.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/cli/host_manual.h"
#include "agent/cli/terminal.h"
#include "agent/inventory/inventory_probe.h"
#include "cli/command_tree.h"
#include "cli/parse_report.h"

namespace b3iq::agent {
namespace {

int run_models(CLI::App& app, const Home& home, CommandValues& p) {
  auto* models = app.get_subcommand("models");
  const auto got = [&](const char* name) { return models->got_subcommand(name); };
  p.install.form = p.form();
  if (got("install")) return run_models_install(home, p.install);
  if (got("installed")) return run_models_installed(home, p.form());
  if (got("catalogue")) return run_models_catalogue(home, p.form());
  if (got("remove")) return run_models_remove(home, p.model_name, p.form());
  if (got("load")) return run_models_load(home, p.model_name, true, p.form());
  if (got("unload")) return run_models_load(home, p.model_name, false, p.form());
  if (got("allow")) return run_models_allow(home, p.allow, p.form());
  if (got("disallow")) return run_models_allow(home, {p.allow.model, false, true}, p.form());
  if (got("jobs")) return run_models_jobs(home, p.form());
  if (got("cancel")) return run_models_cancel(home, p.job_id, p.form());
  if (got("resume")) return run_models_resume(home, p.job_id, p.form());
  return run_models_list(home, p.form());
}

int run_runtimes(CLI::App& app, const Home& home, CommandValues& p) {
  auto* runtimes = app.get_subcommand("runtimes");
  const auto got = [&](const char* name) { return runtimes->got_subcommand(name); };
  p.runtime.form = p.form();
  if (got("list")) return run_runtimes_list(home, p.form());
  if (got("probe")) return run_runtimes_probe(home, p.form());
  if (got("test")) return run_runtimes_test(home, p.runtime);
  if (got("add")) return run_runtimes_add(home, p.runtime);
  return run_runtimes_remove(home, p.runtime.id, p.form());
}

int run_benchmarks(const Home& home, const CommandValues& p) {
  return p.bench_list || p.model_name.empty() ? run_bench_list(home, p.form())
                                              : run_bench(home, p.model_name, p.form());
}

int run_reads(CLI::App& app, const Home& home, CommandValues& p) {
  if (app.got_subcommand("top")) return run_top(home, p.top, p.form());
  if (app.got_subcommand("config")) {
    return app.get_subcommand("config")->got_subcommand("show")
               ? run_config_show(home, p.with_origin, p.form())
               : run_config_check(home, p.form());
  }
  auto* receipts = app.get_subcommand("receipts");
  if (receipts->got_subcommand("list")) return run_receipts_list(home, p.receipt_limit, p.form());
  if (receipts->got_subcommand("show")) return run_receipts_show(home, p.receipt_hash);
  if (receipts->got_subcommand("submissions"))
    return run_receipts_submissions(home, p.receipt_limit, p.form());
  return run_receipts_submit(home, p.receipt_hashes,
                             p.all_receipts ? ReceiptChoice::all : ReceiptChoice::named, p.form());
}

int run_service(CLI::App& app, const Home& home) {
  auto* service = app.get_subcommand("service");
  if (service->got_subcommand("install")) return run_service_install(home);
  if (service->got_subcommand("uninstall")) return run_service_uninstall();
  return run_service_print(home);
}

int run_keys(CLI::App& app, const Home& home, CommandValues& p) {
  auto* keys = app.get_subcommand("keys");
  p.key.form = p.form();
  if (keys->got_subcommand("create")) return run_key_create(home, p.key);
  if (keys->got_subcommand("list")) return run_key_list(home, p.form());
  if (keys->got_subcommand("revoke")) return run_key_revoke(home, p.key_name, p.form());
  return run_key_usage(home, p.form());
}

int run_users(CLI::App& app, const Home& home, CommandValues& p) {
  auto* users = app.get_subcommand("users");
  p.user.form = p.form();
  if (users->got_subcommand("invite")) return run_users_invite(home, p.user);
  if (users->got_subcommand("role")) return run_users_role(home, p.user);
  if (users->got_subcommand("remove")) return run_users_remove(home, p.user);
  return run_users_list(home, p.form());
}

int run_support(CLI::App& app, const Home& home, CommandValues& p) {
  auto* support = app.get_subcommand("support");
  p.support.form = p.bundle.form = p.verify.form = p.form();
  if (support->got_subcommand("grant")) return run_support_grant(home, p.support);
  if (support->got_subcommand("list")) return run_support_list(home, p.form());
  if (support->got_subcommand("bundle")) return run_support_bundle(home, p.bundle);
  if (support->got_subcommand("verify")) return run_support_verify(p.verify);
  return run_support_revoke(home, p.grant_id, p.form());
}

int run_audit(CLI::App& app, const Home& home, CommandValues& p) {
  if (app.get_subcommand("audit")->got_subcommand("list"))
    return run_audit_list(home, p.audit_limit, p.form());
  return run_audit_verify(home, p.form());
}

int run_completion(const CLI::App& app, const std::string& what) {
  cli::print_completion(app, what, manual_facts());
  return kExitOk;
}

int dispatch(CLI::App& app, CommandValues& p) {
  if (app.got_subcommand("completion")) return run_completion(app, p.shell);

  if (app.got_subcommand("version")) return run_version(p.form());
  auto home = find_home(p.home);
  if (!home.ok()) return print_error(home.error());
  p.init.form = p.wizard.form = p.chat.form = p.form();
  if (app.got_subcommand("init")) return run_init(*home, p.init);
  if (app.got_subcommand("serve")) return run_serve(*home, p.serve);
  if (app.got_subcommand("status")) return run_status(*home, p.form());
  if (app.got_subcommand("chat")) return run_chat(*home, p.chat);
  if (app.got_subcommand("keys")) return run_keys(app, *home, p);
  if (app.got_subcommand("users")) return run_users(app, *home, p);
  if (app.got_subcommand("models")) return run_models(app, *home, p);
  if (app.got_subcommand("bench")) return run_benchmarks(*home, p);
  for (const auto* name : {"top", "config", "receipts"}) {
    if (app.got_subcommand(name)) return run_reads(app, *home, p);
  }
  p.backup.form = p.form();
  if (app.got_subcommand("service")) return run_service(app, *home);
  if (app.got_subcommand("backup")) return run_backup(*home, p.backup);
  if (app.got_subcommand("restore")) return run_restore(*home, p.backup);
  if (app.got_subcommand("inventory")) return run_inventory(*home, p.form());
  if (app.got_subcommand("runtimes")) return run_runtimes(app, *home, p);
  if (app.got_subcommand("support")) return run_support(app, *home, p);
  if (app.got_subcommand("update")) return run_update_check(*home, p.form());
  p.enroll.form = p.form();
  if (app.got_subcommand("enroll")) return run_enroll(*home, p.enroll);
  if (app.got_subcommand("unenroll")) return run_unenroll(*home, p.form());
  if (app.got_subcommand("audit")) return run_audit(app, *home, p);
  p.logs.form = p.form();
  if (app.got_subcommand("logs")) return run_logs(*home, p.logs);
  if (app.got_subcommand("doctor")) return run_doctor(*home, p.form());
  return run_wizard_url(*home, p.wizard);
}

}  // namespace

int run_command_line(int argc, char** argv) {
  // The inventory's own process: started by the node, not by people.
  if (argc > 1 && std::string_view(argv[1]) == inventory::kProbeCommand)
    return inventory::run_inventory_probe({argv + 2, static_cast<std::size_t>(argc - 2)});
  CLI::App app("B3IQ host agent: an inference node that belongs to its owner", "b3iq-host");
  app.require_subcommand(1);
  app.fallthrough();
  CommandValues values;
  add_commands(app, values);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli::report_parse_error(app, error);
  }
  return dispatch(app, values);
}

}  // namespace b3iq::agent
