// The options of `admin customers`, `admin prices` and `admin ledger`.
#include <CLI/CLI.hpp>

#include "cli/option_rules.h"
#include "control/cli/admin_options.h"

namespace b3iq::control {
namespace {

constexpr std::int64_t kMostCustomers = 500;
constexpr std::int64_t kMostPrices = 100;
constexpr std::int64_t kMostEntries = 1'000;
constexpr std::int64_t kMostJobs = 200;
constexpr std::int64_t kMostWindowHours = 31 * 24;

void takes_customer(CLI::App* command, AdminChoice& choice) {
  takes_id(command, choice, "customer", "Id (cus_…)");
}

void add_customer_tokens(CLI::App* customers, AdminChoice& choice) {
  auto* tokens = customers->add_subcommand("tokens", "What a customer's programs show");
  tokens->require_subcommand(1);
  auto* create = add_admin_command(tokens, choice, "create", "Make a token; it is shown once",
                                   run_customer_tokens_create);
  takes_customer(create, choice);
  create->add_option("--note", choice.options.note, "What it is for");
  takes_expiry(create, choice, "30m, 12h, up to 366d, or a UTC time (default: 90d)");
  takes_out(create, choice);
  auto* list =
      add_admin_command(tokens, choice, "list", "All, without secrets", run_customer_tokens_list);
  takes_customer(list, choice);
  takes_page(list, choice, "--before", kMostCustomers);
  auto* revoke =
      add_admin_command(tokens, choice, "revoke", "End one now", run_customer_tokens_revoke);
  takes_customer(revoke, choice);
  revoke->add_option("token", choice.options.other_id, "Id (ctk_…)")
      ->required()
      ->check(wrong_admin_id);
}

// Options of acts that move money.
void takes_amount(CLI::App* command, AdminChoice& choice) {
  command->add_option("--amount", choice.options.amount, "In wei, decimal digits")->required();
  command
      ->add_option("--reference", choice.options.reference,
                   "Its name, such as an invoice's number: the same one again changes nothing")
      ->required();
  takes_reason(command, choice);
  takes_approval(command, choice);
}

void add_customer_money(CLI::App* customers, AdminChoice& choice) {
  auto* credit = add_admin_command(customers, choice, "credit", "Add money that came from outside",
                                   run_customers_credit);
  takes_customer(credit, choice);
  takes_amount(credit, choice);
  auto* adjust = add_admin_command(customers, choice, "adjust", "Correct a balance by hand",
                                   run_customers_adjust);
  takes_customer(adjust, choice);
  cli::takes_one_of(
      adjust->add_option("--direction", choice.options.direction, "in: more; out: less")
          ->required(),
      {"in", "out"});
  takes_amount(adjust, choice);
  auto* refund = add_admin_command(customers, choice, "refund", "Give the debit of a job back",
                                   run_customers_refund);
  takes_customer(refund, choice);
  refund->add_option("--job", choice.options.job, "Id of the job")->required();
  takes_reason(refund, choice);
  takes_approval(refund, choice);
  auto* entries = add_admin_command(customers, choice, "entries", "What happened to its account",
                                    run_customers_entries);
  takes_customer(entries, choice);
  takes_page(entries, choice, "--before", kMostEntries);
}

void add_policy(CLI::App* customers, AdminChoice& choice) {
  auto* policy = add_admin_command(customers, choice, "policy",
                                   "Set what it may use and spend, in place of what there was",
                                   run_customers_policy);
  takes_customer(policy, choice);
  auto& options = choice.options;
  policy->add_option("--model", options.models, "Model it may use; may be repeated (default: all)");
  policy->add_option("--tier", options.tiers, "Route tier; may be repeated (default: all)");
  policy->add_option("--max-price", options.max_price, "Most that one job may cost, in wei");
  policy->add_option("--spend-cap", options.spend_cap, "Most to be spent in the window, in wei");
  cli::takes_whole_number(
      policy->add_option("--window-hours", options.window_hours, "The window (default: 24)"), 1,
      kMostWindowHours);
}

void add_jobs(CLI::App* admin, AdminChoice& choice) {
  auto* jobs = admin->add_subcommand("jobs", "Private jobs, without what is sealed in them");
  jobs->require_subcommand(1);
  auto* list = add_admin_command(jobs, choice, "list", "Jobs, newest first", run_jobs_list);
  takes_page(list, choice, "--before", kMostJobs);
  list->add_option("--customer", choice.options.other_id, "Only of this customer (cus_…)")
      ->check(wrong_admin_id);
  cli::takes_one_of(list->add_option("--status", choice.options.state, "Only these"),
                    {"queued", "claimed", "running", "awaiting_receipt", "completed", "failed",
                     "cancelled", "expired"});
  takes_id(add_admin_command(jobs, choice, "show", "One job and its billing", run_jobs_show),
           choice, "job", "Id (job_…)");
  auto* recover =
      add_admin_command(jobs, choice, "recover",
                        "Release what is reserved for jobs that stand still", run_jobs_recover);
  recover->add_flag("--dry-run", choice.options.dry_run, "Only say which");
  auto* purge = add_admin_command(jobs, choice, "purge",
                                  "Empty the envelopes of jobs that ended long ago; all else stays",
                                  run_jobs_purge);
  purge->add_flag("--dry-run", choice.options.dry_run, "Only say how many");
  purge->add_option("--older-than", choice.options.older_than, "1h or more (default: 7d)");
}

}  // namespace

void add_money_commands(CLI::App* admin, AdminChoice& choice) {
  auto* customers = admin->add_subcommand("customers", "Who pays: accounts, tokens, credits");
  customers->require_subcommand(1);
  add_admin_command(customers, choice, "create", "Make a customer with an empty account",
                    run_customers_create)
      ->add_option("--name", choice.options.name, "Its name")
      ->required();
  takes_page(add_admin_command(customers, choice, "list", "All, newest first", run_customers_list),
             choice, "--before", kMostCustomers);
  takes_customer(add_admin_command(customers, choice, "show", "One, with its balance and policy",
                                   run_customers_show),
                 choice);
  auto* suspend = add_admin_command(customers, choice, "suspend",
                                    "Refuse its requests until resumed", run_customers_suspend);
  takes_customer(suspend, choice);
  takes_reason(suspend, choice);
  takes_customer(
      add_admin_command(customers, choice, "resume", "End a suspension", run_customers_resume),
      choice);
  add_policy(customers, choice);
  add_customer_money(customers, choice);
  add_customer_tokens(customers, choice);
  auto* prices = admin->add_subcommand("prices", "What work costs, in versions that never change");
  prices->require_subcommand(1);
  takes_page(add_admin_command(prices, choice, "list", "All, newest first: the first one applies",
                               run_prices_list),
             choice, "--before", kMostPrices);
  add_admin_command(prices, choice, "set", "Let another one apply from now on", run_prices_set)
      ->add_option("--file", choice.options.file, "JSON file with it, as `list --json` shows one")
      ->required();
  auto* ledger = admin->add_subcommand("ledger", "The money of all customers");
  ledger->require_subcommand(1);
  add_admin_command(ledger, choice, "verify",
                    "Recompute every balance and reservation from the entries", run_ledger_verify);
  add_jobs(admin, choice);
}

}  // namespace b3iq::control
