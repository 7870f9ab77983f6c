#include "agent/backup/backup.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>

#include "agent/cli/amount_text.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/cli/terminal.h"
#include "cli/print_object.h"
#include "json/json.h"

namespace b3iq::agent {
namespace {

int print_facts(const BackupFacts& facts, const std::string& folder, OutputForm form,
                std::string_view done) {
  if (form == OutputForm::json) {
    cli::print_object([&](json::Writer& w) {
      w.member("folder", folder);
      w.member("node_id", facts.node_id);
      w.member("created_at", facts.created_at);
      w.member("has_identity", facts.has_identity);
    });
  } else {
    fmt::print("{}\n", done);
  }
  return kExitOk;
}

volatile std::sig_atomic_t stop_asked = 0;
void on_stop(int) { stop_asked = 1; }

// Shows how far it is, where somebody looks; Ctrl-C ends it, and nothing is left.
base::Result<BackupFacts> make_watched(const Home& home, const BackupOptions& options,
                                       WithIdentity identity) {
  struct sigaction action{};
  action.sa_handler = on_stop;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  const bool live = is_terminal(STDERR_FILENO) && options.form == OutputForm::text;
  std::string shown;
  const auto watch = [&](std::int64_t done, std::int64_t total) {
    // Asked every few milliseconds: printed when the figures change.
    auto line = fmt::format("{} of {}", bytes_text(done), bytes_text(total));
    if (live && done > 0 && line != shown) {
      fmt::print(stderr, "\r\033[K{}", line);
      shown = std::move(line);
    }
    return stop_asked == 0;
  };
  auto made = make_backup(home, options.folder, identity, watch);
  if (!shown.empty()) fmt::print(stderr, "\r\033[K");
  return made;
}

}  // namespace

int run_backup(const Home& home, const BackupOptions& options) {
  const auto identity = options.with_identity ? WithIdentity::yes : WithIdentity::no;
  const auto made = make_watched(home, options, identity);
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
