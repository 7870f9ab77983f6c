// One function per command of b3iq-control-plane; each returns an exit code (cli/exit_status.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/output_form.h"
#include "control/cli/admin_channel.h"
#include "control/config/control_home.h"

namespace b3iq::control {

using cli::OutputForm;

struct ServeOptions {
  std::string listen;
  std::string database;
};
int run_serve(const ControlHome& home, const ServeOptions& options);

struct InitOptions {
  std::string public_url;
  std::string listen;
  OutputForm form = OutputForm::text;
};
int run_init(const ControlHome& home, const InitOptions& options);

int run_version(OutputForm form);
int run_doctor(const ControlHome& home, OutputForm form);
int run_config_show(const ControlHome& home, bool with_origin, OutputForm form);
int run_config_check(const ControlHome& home, OutputForm form);
// The generated docs/config-control-plane.md, to standard output.
int run_config_reference();

struct BackupOptions {
  std::string folder;
  OutputForm form = OutputForm::text;
};
int run_backup(const ControlHome& home, const BackupOptions& options);
int run_restore(const ControlHome& home, const BackupOptions& options);

// Ends the receipt log, so that the next start begins a new one (receipts/receipt_log_opening.h).
int run_receipt_log_renew(const ControlHome& home, OutputForm form);

// The admin commands. Lists are pages: `limit` rows, and a line that says how to go on.
struct AdminOptions {
  AdminTarget target;
  OutputForm form = OutputForm::text;
  std::string id;  // of what the command is about
  std::string reason;
  std::string name;
  std::string role;
  std::string expires;
  std::string note;
  std::string out;  // a new file (0600) for a secret or an export
  std::string file;
  std::vector<std::string> tags;
  std::string standing;
  std::string tag;
  std::string state;
  std::string node;
  std::string kind;
  std::string arguments;  // JSON object
  std::string page;       // --after or --before
  std::int64_t limit = 100;
  std::string approval;       // apr_…: of the act
  std::int64_t attempts = 0;  // 0: the control plane's default
  std::string other_id;       // of a customer's token
  std::string amount;         // wei
  std::string reference;
  std::string direction;  // in or out
  std::string job;
  std::vector<std::string> models;
  std::vector<std::string> tiers;
  std::string max_price;  // wei
  std::string spend_cap;
  std::int64_t window_hours = 0;  // 0: the control plane's default
  bool dry_run = false;
  std::string older_than;  // such as 7d
};
int run_admin_bootstrap(const AdminOptions& options);
int run_admin_status(const AdminOptions& options);

int run_tokens_create(const AdminOptions& options);
int run_tokens_list(const AdminOptions& options);
int run_tokens_revoke(const AdminOptions& options);

int run_nodes_list(const AdminOptions& options);
int run_nodes_show(const AdminOptions& options);
int run_nodes_suspend(const AdminOptions& options);
int run_nodes_resume(const AdminOptions& options);
int run_nodes_remove(const AdminOptions& options);
int run_nodes_tag(const AdminOptions& options);

int run_commands_queue(const AdminOptions& options);
int run_commands_list(const AdminOptions& options);
int run_commands_show(const AdminOptions& options);
int run_commands_retry(const AdminOptions& options);
int run_commands_cancel(const AdminOptions& options);

int run_credentials_create(const AdminOptions& options);
int run_credentials_list(const AdminOptions& options);
int run_credentials_revoke(const AdminOptions& options);

int run_customers_create(const AdminOptions& options);
int run_customers_list(const AdminOptions& options);
int run_customers_show(const AdminOptions& options);
int run_customers_suspend(const AdminOptions& options);
int run_customers_resume(const AdminOptions& options);
int run_customers_policy(const AdminOptions& options);
int run_customers_credit(const AdminOptions& options);
int run_customers_adjust(const AdminOptions& options);
int run_customers_refund(const AdminOptions& options);
int run_customers_entries(const AdminOptions& options);
int run_customer_tokens_create(const AdminOptions& options);
int run_customer_tokens_list(const AdminOptions& options);
int run_customer_tokens_revoke(const AdminOptions& options);
int run_prices_list(const AdminOptions& options);
int run_prices_set(const AdminOptions& options);
int run_ledger_verify(const AdminOptions& options);

int run_jobs_list(const AdminOptions& options);
int run_jobs_show(const AdminOptions& options);
int run_jobs_recover(const AdminOptions& options);
int run_jobs_purge(const AdminOptions& options);

int run_approvals_list(const AdminOptions& options);
int run_approvals_show(const AdminOptions& options);
int run_approvals_approve(const AdminOptions& options);
int run_approvals_deny(const AdminOptions& options);

int run_audit_list(const AdminOptions& options);
int run_audit_export(const AdminOptions& options);
// The control plane's own log; with a file, an export that lies on this machine.
int run_audit_verify(const AdminOptions& options);

}  // namespace b3iq::control
