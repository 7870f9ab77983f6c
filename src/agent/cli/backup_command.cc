#include "agent/backup/backup.h"

#include <fmt/format.h>

#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/cli/terminal.h"
#include "json/json.h"

namespace b3iq::agent {
namespace {

int print_facts(const BackupFacts& facts, const std::string& folder, OutputForm form,
                std::string_view done) {
  if (form == OutputForm::json) {
    std::string body;
    json::Writer w(body);
    w.begin_object();
    w.member("folder", folder);
    w.member("node_id", facts.node_id);
    w.member("created_at", facts.created_at);
    w.member("has_identity", facts.has_identity);
    w.end_object();
    fmt::print("{}\n", body);
  } else {
    fmt::print("{}\n", done);
  }
  return kExitOk;
}

}  // namespace

int run_backup(const Home& home, const BackupOptions& options) {
  const auto identity = options.with_identity ? WithIdentity::yes : WithIdentity::no;
  const auto made = make_backup(home, options.folder, identity);
  if (!made.ok()) return print_error(made.error());
  return print_facts(
      *made, options.folder, options.form,
      made->has_identity
          ? fmt::format("Backup of {} in {}, with its identity: whoever has it is the node. Keep "
                        "it as you keep a password.",
                        made->node_id, options.folder)
          : fmt::format("Backup of {} in {}, without its identity key ({}): keep that one apart, "
                        "or add --with-identity.",
                        made->node_id, options.folder, home.identity_key()));
}

int run_restore(const Home& home, const BackupOptions& options) {
  const auto identity = options.with_identity ? WithIdentity::yes : WithIdentity::no;
  const auto restored = restore_backup(home, options.folder, identity);
  if (!restored.ok()) return print_error(restored.error());
  return print_facts(
      *restored, options.folder, options.form,
      options.with_identity
          ? fmt::format("{} is restored in {}. It must not run anywhere else any more.",
                        restored->node_id, home.root)
          : fmt::format("Restored in {} as a new node: settings, keys, use and owner of {}, "
                        "without its receipts and sessions.",
                        home.root, restored->node_id));
}

}  // namespace b3iq::agent
