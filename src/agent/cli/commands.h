// One function per command of b3iq-host; each returns an exit code (exit_codes.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/home.h"
#include "cli/output_form.h"

namespace b3iq::agent {

using cli::OutputForm;

struct InitOptions {
  OutputForm form = OutputForm::text;
};
int run_init(const Home& home, const InitOptions& options);

struct ServeOptions {
  std::string listen;
};
int run_serve(const Home& home, const ServeOptions& options);

struct EnrollOptions {
  std::string control_plane;
  std::string token_file;  // "": as B3IQ_ENROLL_TOKEN_FILE says, or standard input
  bool token_stdin = false;
  std::vector<std::string> allow;
  OutputForm form = OutputForm::text;
};
int run_enroll(const Home& home, const EnrollOptions& options);
int run_unenroll(const Home& home, OutputForm form);

int run_status(const Home& home, OutputForm form);
int run_doctor(const Home& home, OutputForm form);
int run_version(OutputForm form);
// What `version` prints as text.
std::string version_line();

struct WizardOptions {
  bool with_token = false;
  OutputForm form = OutputForm::text;
};
int run_wizard_url(const Home& home, const WizardOptions& options);

struct KeyCreateOptions {
  std::string name;
  std::string user;
  std::vector<std::string> scopes;
  std::vector<std::string> models;
  std::string expires;
  std::int64_t requests_per_minute = 0;
  std::int64_t tokens_per_minute = 0;
  std::int64_t budget_tokens = 0;
  std::int64_t budget_requests = 0;
  std::string budget_period;
  OutputForm form = OutputForm::text;
};
int run_key_create(const Home& home, const KeyCreateOptions& options);
int run_key_list(const Home& home, OutputForm form);
int run_key_revoke(const Home& home, const std::string& key, OutputForm form);
int run_key_usage(const Home& home, OutputForm form);

struct UserOptions {
  std::string name;
  std::string role;
  OutputForm form = OutputForm::text;
};
// Users are named by their names or ids.
int run_users_list(const Home& home, OutputForm form);
// A new user; for one who is there, a new invitation.
int run_users_invite(const Home& home, const UserOptions& options);
int run_users_role(const Home& home, const UserOptions& options);
int run_users_remove(const Home& home, const UserOptions& options);

struct SupportGrantOptions {
  std::string note;
  std::string expires;  // "": a day
  OutputForm form = OutputForm::text;
};
int run_support_grant(const Home& home, const SupportGrantOptions& options);
int run_support_list(const Home& home, OutputForm form);
int run_support_revoke(const Home& home, const std::string& grant, OutputForm form);

// What `support bundle` puts together: agent/support/support_bundle.h.
struct SupportBundleOptions {
  std::string file;  // "": a new one in the working folder
  OutputForm form = OutputForm::text;
};
int run_support_bundle(const Home& home, const SupportBundleOptions& options);

struct SupportVerifyOptions {
  std::string file;
  std::string node_id;  // "": of any node
  OutputForm form = OutputForm::text;
};
// kExitFailed when it does not hold.
int run_support_verify(const SupportVerifyOptions& options);

inline constexpr std::int64_t kDefaultLogLines = 200;
struct LogsOptions {
  bool follow = false;
  std::string since;
  std::string level = "debug";
  std::string request_id;
  std::optional<std::int64_t> lines;  // 0: all
  OutputForm form = OutputForm::text;
};
int run_logs(const Home& home, const LogsOptions& options);

int run_config_show(const Home& home, bool with_origin, OutputForm form);
int run_config_check(const Home& home, OutputForm form);
int run_receipts_list(const Home& home, std::int64_t limit, OutputForm form);
// all: those since the enrollment that were not handed over, batch by batch.
enum class ReceiptChoice : std::uint8_t { named, all };
int run_receipts_submit(const Home& home, const std::vector<std::string>& hashes,
                        ReceiptChoice choice, OutputForm form);
int run_receipts_submissions(const Home& home, std::int64_t limit, OutputForm form);
int run_receipts_show(const Home& home, const std::string& hash);
int run_models_list(const Home& home, OutputForm form);

struct ModelAllowOptions {
  std::string model;
  bool network = true;
  bool unpaid = false;
};

struct ModelInstallOptions {
  std::string source;  // an id of the catalogue, an address, a file, a folder, or "ollama:NAME"
  std::string name;
  std::string sha256;
  std::string runtime;                // for "ollama:NAME"; "": the only one of kind ollama
  std::int64_t bytes_per_second = 0;  // 0: as config.json says
  bool detach = false;
  OutputForm form = OutputForm::text;
};
int run_models_install(const Home& home, const ModelInstallOptions& options);
int run_models_installed(const Home& home, OutputForm form);
int run_models_catalogue(const Home& home, OutputForm form);
int run_models_jobs(const Home& home, OutputForm form);
int run_models_remove(const Home& home, const std::string& model, OutputForm form);
int run_models_load(const Home& home, const std::string& model, bool wanted, OutputForm form);
// What a model may be used for beyond this node.
int run_models_allow(const Home& home, const ModelAllowOptions& options, OutputForm form);
int run_models_cancel(const Home& home, const std::string& job, OutputForm form);
int run_models_resume(const Home& home, const std::string& job, OutputForm form);
int run_bench(const Home& home, const std::string& model, OutputForm form);
// The measurements that were kept.
int run_bench_list(const Home& home, OutputForm form);

struct BackupOptions {
  std::string folder;
  bool with_identity = false;
  OutputForm form = OutputForm::text;
};
int run_backup(const Home& home, const BackupOptions& options);
int run_restore(const Home& home, const BackupOptions& options);

int run_service_print(const Home& home);
int run_service_install(const Home& home);
int run_service_uninstall();

struct TopOptions {
  bool once = false;
  std::int64_t interval_s = 2;
};
// As JSON: one look, and no more.
int run_top(const Home& home, const TopOptions& options, OutputForm form);

int run_inventory(const Home& home, OutputForm form);
int run_runtimes_list(const Home& home, OutputForm form);
int run_runtimes_probe(const Home& home, OutputForm form);

// A server that is to be a runtime, or to be tested as one.
struct RuntimeOptions {
  std::string id;
  std::string kind;
  std::string base_url;
  std::string profile;       // "": none
  std::string api_key_file;  // "": no key, or one on standard input
  bool api_key_stdin = false;
  std::int64_t max_concurrent = 0;
  OutputForm form = OutputForm::text;
};
int run_runtimes_add(const Home& home, const RuntimeOptions& options);
// kExitFailed when the server cannot be used.
int run_runtimes_test(const Home& home, const RuntimeOptions& options);
int run_runtimes_remove(const Home& home, const std::string& id, OutputForm form);

// Asks the release server now. kExitFailed when that gave nothing.
int run_update_check(const Home& home, OutputForm form);

int run_audit_list(const Home& home, std::int64_t limit, OutputForm form);
// kExitFailed when the chain is broken.
int run_audit_verify(const Home& home, OutputForm form);

struct ChatOptions {
  std::string url;    // "": the node of this home, or $B3IQ_LOCAL_BASE_URL
  std::string model;  // "": the first that the node lists
  std::string system;
  std::string message;       // "" or "-": standard input
  std::string api_key_file;  // or $B3IQ_LOCAL_KEY_FILE
  bool api_key_stdin = false;
  double temperature = -1;  // below 0: not sent
  std::int64_t max_tokens = 0;
  OutputForm form = OutputForm::text;
};
int run_chat(const Home& home, const ChatOptions& options);

// The command line of b3iq-host.
int run_command_line(int argc, char** argv);

}  // namespace b3iq::agent
