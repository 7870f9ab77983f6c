#include <fmt/format.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "cli/console.h"
#include "cli/exit_status.h"
#include "cli/print_object.h"
#include "control/audit/audit_trail.h"
#include "control/backup/control_backup.h"
#include "control/cli/control_commands.h"
#include "control/migrations/control_schema.h"
#include "json/json.h"
#include "protocol/control_plane_identity.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::control {

using base::Status;
using base::Task;

namespace {

std::string id_of(const ControlHome& home) {
  const auto identity = protocol::ControlPlaneIdentity::load(home.identity_key());
  return identity.ok() ? identity->id().text() : std::string();
}

Status audit_restore(const ControlHome& home) {
  TRY(const auto database, storage::open_sqlite(home.database()));
  TRY_OK(database->migrate(control_migrations(SqlDialect::sqlite)));
  const AuditLog audit(*database, base::system_clock());
  const AuditAct act{std::string(kOperatorActor), "control_plane.restored", id_of(home)};
  return database->write_blocking(
      [&](storage::Transaction& tx) -> Task<Status> { co_return co_await audit.append(tx, act); });
}

int print_done(const ControlHome& home, const BackupOptions& options, std::string_view done) {
  if (options.form == OutputForm::json) {
    cli::print_object([&](json::Writer& w) {
      w.member("folder", options.folder);
      w.member("home", home.root);
      w.member("control_plane_id", id_of(home));
    });
  } else {
    fmt::print("{}\n", done);
  }
  return cli::kExitOk;
}

}  // namespace

int run_backup(const ControlHome& home, const BackupOptions& options) {
  ::umask(077);
  const auto report = back_up(home, options.folder);
  if (!report.ok()) return cli::print_error(report.error());
  return print_done(home, options,
                    fmt::format("Backup of {} in {}, with its keys: whoever has it is the control "
                                "plane. Keep it as you keep a password.",
                                id_of(home), options.folder));
}

int run_restore(const ControlHome& home, const BackupOptions& options) {
  ::umask(077);
  if (const auto restored = restore(home, options.folder); !restored.ok())
    return cli::print_error(restored.error());
  if (const auto audited = audit_restore(home); !audited.ok())
    return cli::print_error(audited.error());
  return print_done(home, options,
                    fmt::format("{} is restored in {}. It must not run anywhere else any more.",
                                id_of(home), home.root));
}

}  // namespace b3iq::control
