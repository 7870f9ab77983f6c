#include "control/cli/admin_command_table.h"

#include <CLI/CLI.hpp>

#include "cli/option_rules.h"
#include "control/cli/admin_options.h"

namespace b3iq::control {
namespace {

constexpr std::int64_t kMostRows = 500;
constexpr std::int64_t kMostAuditRows = 1'000;
constexpr std::int64_t kMostAttempts = 10;

void add_tokens(CLI::App* admin, AdminChoice& choice) {
  auto* tokens = admin->add_subcommand("tokens", "Enrollment tokens (b3iq_enroll_): one node each");
  tokens->require_subcommand(1);
  auto* create = add_admin_command(tokens, choice, "create", "Make a token; it is shown once",
                                   run_tokens_create);
  create->add_option("--note", choice.options.note, "What it is for");
  create->add_option("--tag", choice.options.tags, "Tag that its node gets; may be repeated")
      ->delimiter(',');
  takes_expiry(create, choice, "30m, 12h, up to 90d, or a UTC time (default: 24h)");
  takes_out(create, choice);
  takes_approval(create, choice);
  takes_page(
      add_admin_command(tokens, choice, "list", "All tokens, without secrets", run_tokens_list),
      choice, "--before", kMostRows);
  takes_id(add_admin_command(tokens, choice, "revoke", "End a token that nobody used",
                             run_tokens_revoke),
           choice, "token", "Id (etk_…)");
}

void add_nodes(CLI::App* admin, AdminChoice& choice) {
  auto* nodes = admin->add_subcommand("nodes", "The nodes that are enrolled here");
  nodes->require_subcommand(1);
  auto* list = add_admin_command(nodes, choice, "list", "Nodes, by id", run_nodes_list);
  takes_page(list, choice, "--after", kMostRows);
  cli::takes_one_of(list->add_option("--standing", choice.options.standing, "Only these"),
                    {"enrolled", "suspended", "removed"});
  list->add_option("--tag", choice.options.tag, "Only nodes with this tag");
  takes_id(
      add_admin_command(nodes, choice, "show", "One node: state, machine, models", run_nodes_show),
      choice, "node", "Id (b3n_…)");
  auto* suspend =
      add_admin_command(nodes, choice, "suspend",
                        "Take no work and no requests of it until resumed", run_nodes_suspend);
  takes_id(suspend, choice, "node", "Id (b3n_…)");
  takes_reason(suspend, choice);
  takes_approval(suspend, choice);
  takes_id(add_admin_command(nodes, choice, "resume", "End a suspension", run_nodes_resume), choice,
           "node", "Id (b3n_…)");
  auto* remove =
      add_admin_command(nodes, choice, "remove",
                        "End its enrollment; only a new token brings it back", run_nodes_remove);
  takes_id(remove, choice, "node", "Id (b3n_…)");
  takes_reason(remove, choice);
  takes_approval(remove, choice);
  auto* tag = add_admin_command(nodes, choice, "tag", "Give it these tags in place of those it has",
                                run_nodes_tag);
  takes_id(tag, choice, "node", "Id (b3n_…)");
  tag->add_option("tags", choice.options.tags, "Tags; none takes all away");
}

void add_commands(CLI::App* admin, AdminChoice& choice) {
  auto* commands = admin->add_subcommand("commands", "What nodes are told to do");
  commands->require_subcommand(1);
  auto* queue = add_admin_command(commands, choice, "queue", "Tell a node to do something",
                                  run_commands_queue);
  queue->add_option("--node", choice.options.node, "Id (b3n_…)")->required();
  cli::takes_one_of(
      queue->add_option("--kind", choice.options.kind, "What it is to do")->required(),
      {"benchmark_smoke", "route_health_check", "runtime_probe", "model_install", "model_remove",
       "support_bundle", "rotate_transport_key", "refresh_inventory", "agent_update_check"});
  queue->add_option("--arguments", choice.options.arguments,
                    "A JSON object, such as '{\"catalogue_id\":\"…\"}' (default: {})");
  takes_expiry(queue, choice, "Not run after: 30m, 12h, up to 30d (default: 24h)");
  cli::takes_whole_number(
      queue->add_option("--attempts", choice.options.attempts, "How often at most (default: 3)"), 1,
      kMostAttempts);
  takes_approval(queue, choice);
  auto* list =
      add_admin_command(commands, choice, "list", "Commands, newest first", run_commands_list);
  takes_page(list, choice, "--before", kMostRows);
  list->add_option("--node", choice.options.node, "Only of this node");
  cli::takes_one_of(list->add_option("--state", choice.options.state, "Only these"),
                    {"queued", "leased", "succeeded", "failed", "cancelled", "expired"});
  takes_id(add_admin_command(commands, choice, "show", "One command, with its result",
                             run_commands_show),
           choice, "command", "Id (cmd_…)");
  auto* retry = add_admin_command(commands, choice, "retry",
                                  "Queue one again that failed, was cancelled or expired",
                                  run_commands_retry);
  takes_id(retry, choice, "command", "Id (cmd_…)");
  takes_approval(retry, choice);
  auto* cancel =
      add_admin_command(commands, choice, "cancel", "End one that is open", run_commands_cancel);
  takes_id(cancel, choice, "command", "Id (cmd_…)");
  takes_reason(cancel, choice);
}

void takes_role(CLI::App* command, AdminChoice& choice) {
  cli::takes_one_of(command
                        ->add_option("--role", choice.options.role,
                                     "viewer looks; operator runs the fleet; admin also decides "
                                     "who may")
                        ->required(),
                    {"viewer", "operator", "admin"});
}

void add_credentials(CLI::App* admin, AdminChoice& choice) {
  auto* credentials =
      admin->add_subcommand("credentials", "Who may use the admin API (b3iq_admin_)");
  credentials->require_subcommand(1);
  auto* create = add_admin_command(credentials, choice, "create",
                                   "Make a credential; it is shown once", run_credentials_create);
  create->add_option("--name", choice.options.name, "Who or what uses it")->required();
  takes_role(create, choice);
  takes_expiry(create, choice, "30m, 12h, up to 366d, or a UTC time (default: 90d)");
  takes_out(create, choice);
  takes_approval(create, choice);
  takes_page(
      add_admin_command(credentials, choice, "list", "All, without secrets", run_credentials_list),
      choice, "--before", kMostRows);
  auto* revoke =
      add_admin_command(credentials, choice, "revoke", "End one now", run_credentials_revoke);
  takes_id(revoke, choice, "credential", "Id (adm_…)");
  takes_approval(revoke, choice);
}

void add_approvals(CLI::App* admin, AdminChoice& choice) {
  auto* approvals = admin->add_subcommand(
      "approvals", "What waits for a second person (the setting admin.second_approval)");
  approvals->require_subcommand(1);
  takes_page(
      add_admin_command(approvals, choice, "list", "Those that wait, then the others, newest first",
                        run_approvals_list),
      choice, "--before", kMostRows);
  const auto one = [&](const char* name, const char* help, AdminRun run) {
    takes_id(add_admin_command(approvals, choice, name, help, run), choice, "approval",
             "Id (apr_…)");
  };
  one("show", "One, with all that is to be done", run_approvals_show);
  one("approve", "Let whoever asked do exactly this, once", run_approvals_approve);
  one("deny", "Refuse it, or withdraw what you asked or approved", run_approvals_deny);
}

void add_audit(CLI::App* admin, AdminChoice& choice) {
  auto* audit = admin->add_subcommand("audit", "Who did what, in a hash chain");
  audit->require_subcommand(1);
  takes_page(add_admin_command(audit, choice, "list", "Entries, newest first", run_audit_list),
             choice, "--before", kMostAuditRows);
  auto* out = add_admin_command(audit, choice, "export", "All entries as JSON lines, oldest first",
                                run_audit_export);
  out->add_option("--out", choice.options.out, "A new file (default: standard output)");
  auto* verify = add_admin_command(
      audit, choice, "verify", "Whether the chain holds, and where it breaks", run_audit_verify);
  verify->add_option("--file", choice.options.file, "An export, instead of the log itself");
}

}  // namespace

void add_admin_commands(CLI::App& app, AdminChoice& choice) {
  auto* admin = app.add_subcommand(
      "admin", "Run the fleet: on this machine, or elsewhere with --url and --admin-key-file");
  admin->require_subcommand(1);
  auto& target = choice.options.target;
  admin->add_option("--url", target.url,
                    "A control plane elsewhere (default: B3IQ_CONTROL_URL, else this machine's)");
  admin->add_option("--admin-key-file", target.key_file,
                    "File with the credential, mode 0600; '-': standard input (default: "
                    "B3IQ_ADMIN_KEY_FILE)");
  admin->add_option("--ca-file", target.ca_file,
                    "Authority to trust instead of the system's (PEM)");
  auto* bootstrap =
      add_admin_command(admin, choice, "bootstrap",
                        "Make a credential with the role admin, on the control plane's own machine",
                        run_admin_bootstrap);
  bootstrap->add_option("--name", choice.options.name, "Its name (default: first-admin)");
  takes_expiry(bootstrap, choice, "30m, 12h, up to 366d, or a UTC time (default: 90d)");
  takes_out(bootstrap, choice);
  add_admin_command(admin, choice, "status", "The control plane and its nodes in numbers",
                    run_admin_status);
  add_tokens(admin, choice);
  add_nodes(admin, choice);
  add_commands(admin, choice);
  add_credentials(admin, choice);
  add_approvals(admin, choice);
  add_audit(admin, choice);
  add_money_commands(admin, choice);
}

}  // namespace b3iq::control
