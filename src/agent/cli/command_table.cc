#include "agent/cli/command_table.h"

#include <CLI/CLI.hpp>

#include "agent/cli/option_checks.h"
#include "agent/runtimes/runtime_settings.h"

namespace b3iq::agent {
namespace {

// As the node checks it.
constexpr std::int64_t kMostOfALimit = 1'000'000'000'000;
constexpr std::int64_t kMostLogLines = 100'000'000;
constexpr std::int64_t kMostTokens = 100'000'000;

void add_json(CLI::App* command, CommandValues& p) {
  command->add_flag("--json", p.json, "Print JSON");
}

void add_key_create(CLI::App* keys, CommandValues& p) {
  auto* create = keys->add_subcommand("create", "Make a key; its secret is shown once");
  create->add_option("--name", p.key.name, "What the key is for")->required();
  create->add_option("--user", p.key.user, "Keys of one user share one allowance");
  takes_one_of(
      create->add_option("--scope", p.key.scopes, "What it may do (default: chat and models)")
          ->delimiter(','),
      {"chat", "models", "receipts", "metrics"});
  create->add_option("--model", p.key.models, "Only these models (default: all)")->delimiter(',');
  create->add_option("--expires", p.key.expires,
                     "90d, 12h, 30m, or a UTC time such as 2027-01-31T00:00:00Z");
  const auto limit = [create](const char* flag, std::int64_t& value, const char* help) {
    takes_whole_number(create->add_option(flag, value, help), 0, kMostOfALimit);
  };
  limit("--rpm", p.key.requests_per_minute, "Requests a minute (0: no limit)");
  limit("--tpm", p.key.tokens_per_minute, "Tokens a minute (0: no limit)");
  limit("--budget-tokens", p.key.budget_tokens, "Tokens in a period (0: no limit)");
  limit("--budget-requests", p.key.budget_requests, "Requests in a period (0: no limit)");
  takes_one_of(create->add_option("--budget-period", p.key.budget_period,
                                  "The period, in UTC (default: total)"),
               {"total", "day", "month"});
  add_json(create, p);
}

void add_keys(CLI::App& app, CommandValues& p) {
  auto* keys = app.add_subcommand("keys", "Local API keys (b3iq_local_)");
  keys->require_subcommand(1);
  add_key_create(keys, p);
  add_json(keys->add_subcommand("list", "All keys, without secrets"), p);
  auto* revoke = keys->add_subcommand("revoke", "End a key now");
  revoke->add_option("key", p.key_name, "Id or name")->required();
  add_json(revoke, p);
  add_json(keys->add_subcommand("usage", "Requests and tokens by key, day and model"), p);
}

void add_users(CLI::App& app, CommandValues& p) {
  auto* users = app.add_subcommand("users", "Who may use the node's pages, beside the owner");
  users->require_subcommand(1);
  add_json(users->add_subcommand("list", "All users: role, state, last use"), p);
  const auto role = [&p](CLI::App* command) {
    auto* option =
        command->add_option("--role", p.user.role, "operator: runs the node; viewer: only looks");
    takes_one_of(option, {"operator", "viewer"});
    return option;
  };
  auto* invite = users->add_subcommand(
      "invite", "Make an address for a new user, or a new one for a user who is there");
  invite->add_option("name", p.user.name, "Name")->required();
  role(invite);
  add_json(invite, p);
  auto* change = users->add_subcommand("role", "Give a user another role, at once");
  change->add_option("name", p.user.name, "Name or id")->required();
  role(change)->required();
  add_json(change, p);
  auto* remove = users->add_subcommand("remove", "Remove a user and end the user's sessions");
  remove->add_option("name", p.user.name, "Name or id")->required();
  add_json(remove, p);
}

void add_support(CLI::App& app, CommandValues& p) {
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
  auto* verify = support->add_subcommand(
      "verify", "Whether a bundle is what the node that signed it put together");
  verify->add_option("file", p.verify.file, "The .tar")->required();
  verify->add_option("--node", p.verify.node_id, "Refuse one that another node (b3n_ID) signed");
  add_json(verify, p);
}

void add_logs(CLI::App& app, CommandValues& p) {
  auto* logs = app.add_subcommand("logs", "The node's log, also while it is stopped");
  logs->add_flag("-f,--follow", p.logs.follow, "Go on with what comes");
  logs->add_option("--since", p.logs.since, "90s, 10m, 2h, 3d ago, or a UTC time");
  takes_one_of(logs->add_option("--level", p.logs.level, "Only this level and worse"),
               {"debug", "info", "warn", "error"});
  logs->add_option("--request", p.logs.request_id, "Only lines of the request with this id");
  takes_whole_number(
      logs->add_option(
          "-n,--lines", p.logs.lines,
          "The newest so many; 0: all (default: 200, or all with --since or --request)"),
      0, kMostLogLines);
  add_json(logs, p);
}

void add_server_options(CLI::App* command, CommandValues& p) {
  takes_one_of(command->add_option("--kind", p.runtime.kind, "What the server is")->required(),
               {"ollama", "vllm", "sglang", "openai"});
  command->add_option("--base-url", p.runtime.base_url, "Its address, such as http://host:8000/v1")
      ->required();
  takes_one_of(
      command->add_option("--profile", p.runtime.profile, "Of the kind openai: which server it is"),
      {"lmstudio", "llama-server"});
  auto* file = command->add_option("--api-key-file", p.runtime.api_key_file,
                                   "File (mode 600) that holds the server's key");
  command
      ->add_flag("--api-key-stdin", p.runtime.api_key_stdin,
                 "Read the key from the first line of standard input")
      ->excludes(file);
  add_json(command, p);
}

void add_runtimes(CLI::App& app, CommandValues& p) {
  auto* runtimes = app.add_subcommand("runtimes", "What answers: the configured runtimes");
  runtimes->require_subcommand(1);
  add_json(runtimes->add_subcommand("list", "State, version, calls and models of each"), p);
  add_json(runtimes->add_subcommand("probe", "What else runs on this machine"), p);
  add_server_options(runtimes->add_subcommand("test", "Ask a server what it is; nothing is kept"),
                     p);
  auto* add = runtimes->add_subcommand("add", "Add a server, without a restart");
  add->add_option("id", p.runtime.id, "Its name here: a-z, 0-9, '-' and '_'")->required();
  add_server_options(add, p);
  takes_whole_number(add->add_option("--max-concurrent", p.runtime.max_concurrent,
                                     "Calls that it gets at once (default: 0, no limit)"),
                     0, kMaxConcurrent);
  auto* remove = runtimes->add_subcommand("remove", "Take a server away, without a restart");
  remove->add_option("id", p.runtime.id, "Id")->required();
  add_json(remove, p);
}

void add_model_install(CLI::App* models, CommandValues& p) {
  auto* install = models->add_subcommand("install", "Get a model and load it once");
  install
      ->add_option("source", p.install.source,
                   "An id of the catalogue, an http(s) address, a .gguf file, a folder of them, or "
                   "ollama:NAME to let Ollama pull it")
      ->required();
  install->add_option("--name", p.install.name, "The model's name here (default: the file's)");
  install->add_option("--sha256", p.install.sha256, "Refuse a file with another checksum");
  takes_bytes(install->add_option("--limit-rate", p.install.bytes_per_second,
                                  "Bytes a second, such as 10MiB"));
  install->add_option("--runtime", p.install.runtime,
                      "The runtime that pulls ollama:NAME (default: the only one of kind ollama)");
  install->add_flag("--detach", p.install.detach, "Print the job and do not wait for it");
  add_json(install, p);
}

void add_models(CLI::App& app, CommandValues& p) {
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
  auto* allow = models->add_subcommand(
      "allow", "Let the network use a model: routed, paid and private calls");
  allow->add_option("model", p.allow.model, "Its name")->required();
  allow->add_flag("--unpaid", p.allow.unpaid, "Not for paid calls, so not for private jobs");
  add_json(allow, p);
  auto* disallow = models->add_subcommand("disallow", "Keep a model to this node's own callers");
  disallow->add_option("model", p.allow.model, "Its name")->required();
  add_json(disallow, p);
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
  auto* measured = bench->add_option("model", p.model_name, "Its name; none: as --list");
  bench->add_flag("--list", p.bench_list, "The measurements that were kept")->excludes(measured);
  add_json(bench, p);
}

void add_reads(CLI::App& app, CommandValues& p) {
  auto* receipts = app.add_subcommand("receipts", "Signed receipts of what ran");
  receipts->require_subcommand(1);
  auto* list = receipts->add_subcommand("list", "The newest receipts");
  takes_whole_number(list->add_option("--limit", p.receipt_limit, "How many (default: 20)"), 1,
                     100);
  add_json(list, p);
  auto* receipt = receipts->add_subcommand("show", "One signed receipt, as it can be checked");
  receipt->add_option("hash", p.receipt_hash, "0x…")->required();
  // It is JSON anyway; who asks for it all the same gets no error.
  add_json(receipt, p);
  auto* submit = receipts->add_subcommand(
      "submit", "Hand receipts to the control plane, where anybody can read them");
  auto* chosen = submit->add_option("hashes", p.receipt_hashes, "0x…, …");
  submit->add_flag("--all", p.all_receipts, "Those since the enrollment that were not handed over")
      ->excludes(chosen);
  add_json(submit, p);
  auto* submissions = receipts->add_subcommand("submissions", "What became of submitted receipts");
  takes_whole_number(submissions->add_option("--limit", p.receipt_limit, "How many (default: 20)"),
                     1, 100);
  add_json(submissions, p);
  auto* config = app.add_subcommand("config", "The node's settings");
  config->require_subcommand(1);
  auto* show = config->add_subcommand("show", "Every setting and its value");
  show->add_flag("--origin", p.with_origin, "Also where each value comes from");
  add_json(show, p);
  add_json(config->add_subcommand("check", "Read config.json and name what is wrong"), p);
  auto* top = app.add_subcommand("top", "Running calls, tokens a second, memory and GPUs, live");
  top->add_flag("--once", p.top.once, "Print once");
  takes_whole_number(
      top->add_option("--interval", p.top.interval_s, "Seconds between two looks (default: 2)"), 1,
      60);
  add_json(top, p);
}

void add_backup(CLI::App& app, CommandValues& p) {
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

void add_update(CLI::App& app, CommandValues& p) {
  auto* update = app.add_subcommand("update", "Newer versions of this program");
  update->require_subcommand(1);
  add_json(update->add_subcommand("check", "Ask the release server now; installs nothing"), p);
}

void add_managed(CLI::App& app, CommandValues& p) {
  auto* enroll = app.add_subcommand("enroll", "Let a control plane manage the node");
  enroll
      ->add_option("--control-plane", p.enroll.control_plane,
                   "Its address: https://... (http only on this machine)")
      ->required();
  auto* file = enroll->add_option("--token-file", p.enroll.token_file,
                                  "File that holds the enrollment token (or "
                                  "B3IQ_ENROLL_TOKEN_FILE), mode 0600");
  enroll
      ->add_flag("--token-stdin", p.enroll.token_stdin,
                 "Read the token from the first line of standard input")
      ->excludes(file);
  enroll->add_option("--allow", p.enroll.allow,
                     "A kind of command that it may give, beside managed.allowed_commands: "
                     "model_install, model_remove, private_inference; repeat it for more");
  add_json(enroll, p);
  add_json(app.add_subcommand("unenroll", "Leave the control plane: the node is local again"), p);
}

void add_service(CLI::App& app) {
  auto* service = app.add_subcommand("service", "Run the node as a systemd service");
  service->require_subcommand(1);
  service->add_subcommand("install",
                          "For the machine when run as root, else for your user; starts it");
  service->add_subcommand("uninstall", "Stop it and remove the unit; the node's folder stays");
  service->add_subcommand("print", "Print the unit");
}

void add_audit(CLI::App& app, CommandValues& p) {
  auto* audit = app.add_subcommand("audit", "The record of security acts");
  audit->require_subcommand(1);
  auto* list = audit->add_subcommand("list", "The newest entries");
  takes_whole_number(list->add_option("--limit", p.audit_limit, "How many (default: 50)"), 1, 1000);
  add_json(list, p);
  add_json(audit->add_subcommand("verify", "Recompute the hash chain"), p);
}

void add_chat(CLI::App& app, CommandValues& p) {
  auto* chat = app.add_subcommand("chat", "Ask the node; the answer streams");
  chat->add_option("message", p.chat.message, "The message; '-' or nothing reads standard input");
  chat->add_option("--model", p.chat.model, "Model (default: the first the node lists)");
  chat->add_option("--system", p.chat.system, "System message");
  chat->add_option("--url", p.chat.url,
                   "Base URL, with or without /v1 (default: this home's node, or "
                   "B3IQ_LOCAL_BASE_URL)");
  auto* file = chat->add_option("--api-key-file", p.chat.api_key_file,
                                "File that holds the key (or B3IQ_LOCAL_KEY_FILE)");
  chat->add_flag("--api-key-stdin", p.chat.api_key_stdin,
                 "Read the key from the first line of standard input")
      ->excludes(file);
  takes_number(chat->add_option("--temperature", p.chat.temperature, "0 to 2"), 0, 2);
  takes_whole_number(
      chat->add_option("--max-tokens", p.chat.max_tokens, "Longest answer, in tokens"), 1,
      kMostTokens);
  chat->add_flag("--json", p.json, "Print the whole answer as JSON instead of streaming");
}

}  // namespace

void add_commands(CLI::App& app, CommandValues& p) {
  app.set_version_flag("--version", version_line(), "Version and build");
  app.add_option("--home", p.home, "The node's folder (default: B3IQ_HOME or ~/.b3iq)");
  add_json(app.add_subcommand("init", "Make config.json, identity, setup token and state.db"), p);
  auto* serve = app.add_subcommand("serve", "Serve the local API until stopped");
  serve->add_option("--listen", p.serve.listen,
                    "ADDRESS:PORT (default 127.0.0.1:8831; port 0 picks one)");
  add_json(app.add_subcommand("status", "What the node is doing"), p);
  add_chat(app, p);
  add_models(app, p);
  add_keys(app, p);
  add_users(app, p);
  add_reads(app, p);
  add_backup(app, p);
  add_managed(app, p);
  add_service(app);
  add_update(app, p);
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
  auto* completion =
      app.add_subcommand("completion", "Print completions for a shell, or the manual page");
  takes_one_of(completion->add_option("shell", p.shell, "Which")->required(),
               {"bash", "zsh", "fish", "man"});
  add_json(app.add_subcommand("version", "Version and build"), p);
}

}  // namespace b3iq::agent
