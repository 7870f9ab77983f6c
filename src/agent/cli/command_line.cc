// The table of commands and their options. The only file that includes CLI11.
#include <CLI/CLI.hpp>

#include <cstdio>

#include "agent/cli/command_tree.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/cli/terminal.h"
#include "agent/inventory/inventory_probe.h"
#include "agent/version.h"

namespace b3iq::agent {
namespace {

struct Parsed {
  std::string home;
  bool json = false;
  InitOptions init;
  ServeOptions serve;
  WizardOptions wizard;
  KeyCreateOptions key;
  std::string key_name;
  SupportGrantOptions support;
  std::string grant_id;
  std::int64_t audit_limit = 50;
  std::int64_t receipt_limit = 20;
  std::string receipt_hash;
  bool with_origin = false;
  TopOptions top;
  ModelInstallOptions install;
  std::string model_name;
  std::string job_id;
  BackupOptions backup;
  std::string shell;
  ChatOptions chat;
  LogsOptions logs;
  SupportBundleOptions bundle;
  OutputForm form() const { return json ? OutputForm::json : OutputForm::text; }
};

void add_json(CLI::App* command, Parsed& p) { command->add_flag("--json", p.json, "Print JSON"); }

void add_key_create(CLI::App* keys, Parsed& p) {
  auto* create = keys->add_subcommand("create", "Make a key; its secret is shown once");
  create->add_option("--name", p.key.name, "What the key is for")->required();
  create->add_option("--user", p.key.user, "Keys of one user share one allowance");
  create
      ->add_option("--scope", p.key.scopes,
                   "chat, models, receipts, metrics (default: chat and models)")
      ->delimiter(',');
  create->add_option("--model", p.key.models, "Only these models (default: all)")->delimiter(',');
  create->add_option("--expires", p.key.expires,
                     "90d, 12h, 30m, or a UTC time such as 2027-01-31T00:00:00Z");
  create->add_option("--rpm", p.key.requests_per_minute, "Requests a minute (0: no limit)");
  create->add_option("--tpm", p.key.tokens_per_minute, "Tokens a minute (0: no limit)");
  create->add_option("--budget-tokens", p.key.budget_tokens, "Tokens in a period (0: no limit)");
  create->add_option("--budget-requests", p.key.budget_requests,
                     "Requests in a period (0: no limit)");
  create->add_option("--budget-period", p.key.budget_period,
                     "total, day or month, in UTC (default: total)");
  add_json(create, p);
}

void add_keys(CLI::App& app, Parsed& p) {
  auto* keys = app.add_subcommand("keys", "Local API keys (b3iq_local_)");
  keys->require_subcommand(1);
  add_key_create(keys, p);
  add_json(keys->add_subcommand("list", "All keys, without secrets"), p);
  auto* revoke = keys->add_subcommand("revoke", "End a key now");
  revoke->add_option("key", p.key_name, "Id or name")->required();
  add_json(revoke, p);
  add_json(keys->add_subcommand("usage", "Requests and tokens by key, day and model"), p);
}

void add_support(CLI::App& app, Parsed& p) {
  auto* support = app.add_subcommand(
      "support",
      "For somebody who helps: a bundle of facts, grants (b3iq_support_) for diagnostics");
  support->require_subcommand(1);
  auto* grant = support->add_subcommand("grant", "Make a grant; its secret is shown once");
  grant->add_option("--note", p.support.note, "Who it is for");
  grant->add_option("--expires", p.support.expires, "30m, 12h, up to 7d (default: 1d)");
  add_json(grant, p);
  add_json(support->add_subcommand("list", "All grants, without secrets"), p);
  auto* revoke = support->add_subcommand("revoke", "End a grant now");
  revoke->add_option("grant", p.grant_id, "Id")->required();
  add_json(revoke, p);
  auto* bundle = support->add_subcommand(
      "bundle", "A .tar of version, settings, state and log, without content, secrets, addresses");
  bundle->add_option("--out", p.bundle.file, "The new file (default: b3iq-support-TIME.tar here)");
  add_json(bundle, p);
}

void add_logs(CLI::App& app, Parsed& p) {
  auto* logs = app.add_subcommand("logs", "The node's log, also while it is stopped");
  logs->add_flag("-f,--follow", p.logs.follow, "Go on with what comes");
  logs->add_option("--since", p.logs.since, "90s, 10m, 2h, 3d ago, or a UTC time");
  logs->add_option("--level", p.logs.level, "Only this level and worse: debug, info, warn, error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  logs->add_option("--request", p.logs.request_id, "Only lines of the request with this id");
  logs->add_option("-n,--lines", p.logs.lines,
                   "The newest so many; 0: all (default: 200, or all with --since or --request)")
      ->check(CLI::Range(0, 100'000'000));
  add_json(logs, p);
}

void add_runtimes(CLI::App& app, Parsed& p) {
  auto* runtimes = app.add_subcommand("runtimes", "What answers: the configured runtimes");
  runtimes->require_subcommand(1);
  add_json(runtimes->add_subcommand("list", "State, version, calls and models of each"), p);
  add_json(runtimes->add_subcommand("probe", "What else runs on this machine"), p);
}

void add_model_install(CLI::App* models, Parsed& p) {
  auto* install = models->add_subcommand("install", "Get a model and load it once");
  install
      ->add_option("source", p.install.source,
                   "An id of the catalogue, an http(s) address, a .gguf file, a folder of them, or "
                   "ollama:NAME to let Ollama pull it")
      ->required();
  install->add_option("--name", p.install.name, "The model's name here (default: the file's)");
  install->add_option("--sha256", p.install.sha256, "Refuse a file with another checksum");
  install->add_option("--limit-rate", p.install.bytes_per_second, "Bytes a second, such as 10MiB")
      ->transform(CLI::AsSizeValue(false));
  install->add_option("--runtime", p.install.runtime,
                      "The runtime that pulls ollama:NAME (default: ollama)");
  install->add_flag("--detach", p.install.detach, "Print the job and do not wait for it");
  add_json(install, p);
}

void add_models(CLI::App& app, Parsed& p) {
  auto* models = app.add_subcommand("models", "The models that the node answers with");
  models->require_subcommand(1);
  add_json(models->add_subcommand("list", "Runtimes, context, size and capabilities of each"), p);
  add_json(models->add_subcommand("installed", "Models in this node's folder: disk and memory"), p);
  add_json(models->add_subcommand("catalogue", "Models that can be installed, and what fits"), p);
  add_model_install(models, p);
  const std::pair<const char*, const char*> on_model[] = {
      {"remove", "Remove an installed model and its file"},
      {"load", "Load an installed model now"},
      {"unload", "Take an installed model out of memory"}};
  for (const auto& [name, help] : on_model) {
    auto* command = models->add_subcommand(name, help);
    command->add_option("model", p.model_name, "Its name")->required();
    add_json(command, p);
  }
  add_json(models->add_subcommand("jobs", "Installs, pulls and benchmarks, newest first"), p);
  const std::pair<const char*, const char*> on_job[] = {
      {"cancel", "Stop a job; what it has stays"},
      {"resume", "Go on with a job that failed or was cancelled"}};
  for (const auto& [name, help] : on_job) {
    auto* command = models->add_subcommand(name, help);
    command->add_option("job", p.job_id, "job_…")->required();
    add_json(command, p);
  }
  auto* bench = app.add_subcommand("bench", "Measure a model on this machine");
  bench->add_option("model", p.model_name, "Its name")->required();
  add_json(bench, p);
}

int run_models(CLI::App& app, const Home& home, Parsed& p) {
  auto* models = app.get_subcommand("models");
  const auto got = [&](const char* name) { return models->got_subcommand(name); };
  p.install.form = p.form();
  if (got("install")) return run_models_install(home, p.install);
  if (got("installed")) return run_models_installed(home, p.form());
  if (got("catalogue")) return run_models_catalogue(home, p.form());
  if (got("remove")) return run_models_remove(home, p.model_name, p.form());
  if (got("load")) return run_models_load(home, p.model_name, true, p.form());
  if (got("unload")) return run_models_load(home, p.model_name, false, p.form());
  if (got("jobs")) return run_models_jobs(home, p.form());
  if (got("cancel")) return run_models_cancel(home, p.job_id, p.form());
  if (got("resume")) return run_models_resume(home, p.job_id, p.form());
  return run_models_list(home, p.form());
}

void add_reads(CLI::App& app, Parsed& p) {
  auto* receipts = app.add_subcommand("receipts", "Signed receipts of what ran");
  receipts->require_subcommand(1);
  auto* list = receipts->add_subcommand("list", "The newest receipts");
  list->add_option("--limit", p.receipt_limit, "How many (default: 20)")->check(CLI::Range(1, 100));
  add_json(list, p);
  auto* receipt = receipts->add_subcommand("show", "One signed receipt, as it can be checked");
  receipt->add_option("hash", p.receipt_hash, "0x…")->required();
  // It is JSON anyway; who asks for it all the same gets no error.
  add_json(receipt, p);
  auto* config = app.add_subcommand("config", "The node's settings");
  config->require_subcommand(1);
  auto* show = config->add_subcommand("show", "Every setting and its value");
  show->add_flag("--origin", p.with_origin, "Also where each value comes from");
  add_json(show, p);
  add_json(config->add_subcommand("check", "Read config.json and name what is wrong"), p);
  auto* top = app.add_subcommand("top", "Running calls, tokens a second, memory and GPUs, live");
  top->add_flag("--once", p.top.once, "Print once");
  top->add_option("--interval", p.top.interval_s, "Seconds between two looks (default: 2)")
      ->check(CLI::Range(1, 60));
  add_json(top, p);
}

int run_reads(CLI::App& app, const Home& home, Parsed& p) {
  if (app.got_subcommand("top")) return run_top(home, p.top, p.form());
  if (app.got_subcommand("config")) {
    return app.get_subcommand("config")->got_subcommand("show")
               ? run_config_show(home, p.with_origin, p.form())
               : run_config_check(home, p.form());
  }
  return app.get_subcommand("receipts")->got_subcommand("list")
             ? run_receipts_list(home, p.receipt_limit, p.form())
             : run_receipts_show(home, p.receipt_hash);
}

void add_backup(CLI::App& app, Parsed& p) {
  const auto add = [&](const char* name, const char* help, const char* folder_help,
                       const char* identity_help) {
    auto* command = app.add_subcommand(name, help);
    command->add_option("folder", p.backup.folder, folder_help)->required();
    command->add_flag("--with-identity", p.backup.with_identity, identity_help);
    add_json(command, p);
  };
  add("backup", "Copy the node into a folder, also while it serves", "A new folder",
      "Also the identity key: whoever has the backup is the node");
  add("restore", "Make a node out of a backup, in a home that holds none", "The backup",
      "As the same node, which must not run anywhere else; without, it gets a new identity");
}

void add_service(CLI::App& app) {
  auto* service = app.add_subcommand("service", "Run the node as a systemd service");
  service->require_subcommand(1);
  service->add_subcommand("install",
                          "For the machine when run as root, else for your user; starts it");
  service->add_subcommand("uninstall", "Stop it and remove the unit; the node's folder stays");
  service->add_subcommand("print", "Print the unit");
}

int run_service(CLI::App& app, const Home& home) {
  auto* service = app.get_subcommand("service");
  if (service->got_subcommand("install")) return run_service_install(home);
  if (service->got_subcommand("uninstall")) return run_service_uninstall();
  return run_service_print(home);
}

void add_audit(CLI::App& app, Parsed& p) {
  auto* audit = app.add_subcommand("audit", "The record of security acts");
  audit->require_subcommand(1);
  auto* list = audit->add_subcommand("list", "The newest entries");
  list->add_option("--limit", p.audit_limit, "How many (default: 50)")->check(CLI::Range(1, 1000));
  add_json(list, p);
  add_json(audit->add_subcommand("verify", "Recompute the hash chain"), p);
}

void add_chat(CLI::App& app, Parsed& p) {
  auto* chat = app.add_subcommand("chat", "Ask the node; the answer streams");
  chat->add_option("message", p.chat.message, "The message; '-' or nothing reads standard input");
  chat->add_option("--model", p.chat.model, "Model (default: the first the node lists)");
  chat->add_option("--system", p.chat.system, "System message");
  chat->add_option("--url", p.chat.url,
                   "Base URL (default: this home's node, or B3IQ_LOCAL_BASE_URL)");
  auto* file = chat->add_option("--api-key-file", p.chat.api_key_file,
                                "File that holds the key (or B3IQ_LOCAL_KEY_FILE)");
  chat->add_flag("--api-key-stdin", p.chat.api_key_stdin,
                 "Read the key from the first line of standard input")
      ->excludes(file);
  chat->add_option("--temperature", p.chat.temperature, "0 to 2")->check(CLI::Range(0.0, 2.0));
  chat->add_option("--max-tokens", p.chat.max_tokens, "Longest answer")->check(CLI::PositiveNumber);
  chat->add_flag("--json", p.json, "Print the whole answer as JSON instead of streaming");
}

void add_commands(CLI::App& app, Parsed& p) {
  app.add_option("--home", p.home, "The node's folder (default: B3IQ_HOME or ~/.b3iq)");
  add_json(app.add_subcommand("init", "Make config.json, identity, setup token and state.db"), p);
  auto* serve = app.add_subcommand("serve", "Serve the local API until stopped");
  serve->add_option("--listen", p.serve.listen,
                    "ADDRESS:PORT (default 127.0.0.1:8831; port 0 picks one)");
  add_json(app.add_subcommand("status", "What the node is doing"), p);
  add_chat(app, p);
  add_models(app, p);
  add_keys(app, p);
  add_reads(app, p);
  add_backup(app, p);
  add_service(app);
  add_runtimes(app, p);
  add_json(app.add_subcommand("inventory", "What the machine has: CPU, memory, GPUs, disks"), p);
  add_support(app, p);
  add_logs(app, p);
  add_audit(app, p);
  add_json(app.add_subcommand("doctor", "Look for faults and name the fix"), p);
  auto* wizard = app.add_subcommand("wizard", "The setup wizard");
  wizard->require_subcommand(1);
  auto* url = wizard->add_subcommand("url", "Print the wizard's address");
  url->add_flag("--with-token", p.wizard.with_token,
                "Make a new setup token and put it into the address");
  add_json(url, p);
  app.add_subcommand("completion", "Print completions for a shell, or the manual page")
      ->add_option("shell", p.shell, "bash, zsh, fish or man")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish", "man"}));
  add_json(app.add_subcommand("version", "Version and build"), p);
}

int run_keys(CLI::App& app, const Home& home, Parsed& p) {
  auto* keys = app.get_subcommand("keys");
  p.key.form = p.form();
  if (keys->got_subcommand("create")) return run_key_create(home, p.key);
  if (keys->got_subcommand("list")) return run_key_list(home, p.form());
  if (keys->got_subcommand("revoke")) return run_key_revoke(home, p.key_name, p.form());
  return run_key_usage(home, p.form());
}

int run_support(CLI::App& app, const Home& home, Parsed& p) {
  auto* support = app.get_subcommand("support");
  p.support.form = p.bundle.form = p.form();
  if (support->got_subcommand("grant")) return run_support_grant(home, p.support);
  if (support->got_subcommand("list")) return run_support_list(home, p.form());
  if (support->got_subcommand("bundle")) return run_support_bundle(home, p.bundle);
  return run_support_revoke(home, p.grant_id, p.form());
}

int run_audit(CLI::App& app, const Home& home, Parsed& p) {
  if (app.get_subcommand("audit")->got_subcommand("list"))
    return run_audit_list(home, p.audit_limit, p.form());
  return run_audit_verify(home, p.form());
}

// CLI11 tells a closed set of values in the type's name: "TEXT:{bash,zsh}".
std::vector<std::string> choices_of(const CLI::Option& option) {
  const auto type = option.get_type_name();
  const auto begin = type.find('{');
  const auto end = type.rfind('}');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
  return CLI::detail::split(type.substr(begin + 1, end - begin - 1), ',');
}

CommandNode tree_of(const CLI::App& app) {
  CommandNode node{app.get_name(), app.get_description(), {}, {}};
  for (const auto* option : app.get_options()) {
    if (option->get_name() == "--help") continue;
    const bool positional = option->get_positional();
    const bool has_value = option->get_expected_max() > 0;
    node.options.push_back({positional ? "" : "--" + option->get_lnames().front(),
                            positional  ? option->get_name()
                            : has_value ? option->get_type_name()
                                        : "",
                            option->get_description(), choices_of(*option)});
  }
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    node.commands.push_back(tree_of(*command));
  return node;
}

int run_completion(const CLI::App& app, const std::string& what) {
  const auto tree = tree_of(app);
  const auto text = what == "bash"   ? bash_completion(tree)
                    : what == "zsh"  ? zsh_completion(tree)
                    : what == "fish" ? fish_completion(tree)
                                     : manual_page(tree, std::string(kVersion));
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kExitOk;
}

int dispatch(CLI::App& app, Parsed& p) {
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
  if (app.got_subcommand("models")) return run_models(app, *home, p);
  if (app.got_subcommand("bench")) return run_bench(*home, p.model_name, p.form());
  for (const auto* name : {"top", "config", "receipts"}) {
    if (app.got_subcommand(name)) return run_reads(app, *home, p);
  }
  p.backup.form = p.form();
  if (app.got_subcommand("service")) return run_service(app, *home);
  if (app.got_subcommand("backup")) return run_backup(*home, p.backup);
  if (app.got_subcommand("restore")) return run_restore(*home, p.backup);
  if (app.got_subcommand("inventory")) return run_inventory(*home, p.form());
  if (auto* runtimes = app.get_subcommand("runtimes"); app.got_subcommand(runtimes)) {
    return runtimes->got_subcommand("list") ? run_runtimes_list(*home, p.form())
                                            : run_runtimes_probe(*home, p.form());
  }
  if (app.got_subcommand("support")) return run_support(app, *home, p);
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
  Parsed parsed;
  add_commands(app, parsed);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? kExitOk : kExitUsage;
  }
  return dispatch(app, parsed);
}

}  // namespace b3iq::agent
