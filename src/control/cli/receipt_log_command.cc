#include <fmt/format.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "cli/console.h"
#include "cli/exit_status.h"
#include "cli/print_object.h"
#include "control/audit/audit_trail.h"
#include "control/cli/control_commands.h"
#include "control/config/control_settings.h"
#include "control/migrations/control_schema.h"
#include "control/receipts/receipt_log_opening.h"
#include "json/json.h"
#include "protocol/control_plane_identity.h"
#include "storage/postgres/postgres_database.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::control {

using base::Result;
using base::Status;
using base::Task;

namespace {

Result<std::unique_ptr<storage::Database>> open_database(const ControlHome& home) {
  TRY(const auto settings, load_control_settings(home, {}));
  const bool postgres = !settings.database_uri.empty();
  auto opened = postgres ? storage::open_postgres(std::string(settings.database_uri.reveal_text()))
                         : storage::open_sqlite(home.database());
  TRY(auto database, std::move(opened));
  TRY_OK(
      database->migrate(control_migrations(postgres ? SqlDialect::postgres : SqlDialect::sqlite)));
  return database;
}

Result<bool> renew(const ControlHome& home) {
  TRY(const auto identity, protocol::ControlPlaneIdentity::load(home.identity_key()));
  TRY(const auto database, open_database(home));
  TRY(const bool had_log, end_receipt_log(home, *database));
  if (!had_log) return false;
  const AuditLog audit(*database, base::system_clock());
  const AuditAct act{std::string(kOperatorActor), "receipt_log.ended", identity.id().text()};
  TRY_OK(database->write_blocking(
      [&](storage::Transaction& tx) -> Task<Status> { co_return co_await audit.append(tx, act); }));
  return true;
}

}  // namespace

int run_receipt_log_renew(const ControlHome& home, OutputForm form) {
  ::umask(077);
  const auto renewed = renew(home);
  if (!renewed.ok()) return cli::print_error(renewed.error());
  if (form == OutputForm::json) {
    cli::print_object([&](json::Writer& w) { w.member("ended", *renewed); });
  } else if (*renewed) {
    fmt::print(
        "The receipt log is ended. The next start begins a new one, of all receipts that are in "
        "the database, with a new key: tell those who audit the log, empty caches of /v1/log, and "
        "copy {} to the other replicas.\n",
        home.receipt_log_key());
  } else {
    fmt::print("There is no receipt log to end.\n");
  }
  return cli::kExitOk;
}

}  // namespace b3iq::control
