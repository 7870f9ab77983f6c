#include "control/backup/control_backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "control/config/control_settings.h"
#include "control/migrations/control_schema.h"
#include "control/receipts/receipt_log_opening.h"
#include "protocol/control_plane_identity.h"
#include "protocol/router_secret.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/sqlite/sqlite_file.h"
#include "storage/sqlite/sqlite_look.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

constexpr std::size_t kMaxSmallFileBytes = 1024 * 1024;
constexpr std::int64_t kStructureCheckMs = 600'000;

struct SmallFile {
  std::string_view name;  // in the copy
  std::string (ControlHome::*path)() const;
  bool required;
};
constexpr std::array kSmallFiles = {
    SmallFile{"identity.key", &ControlHome::identity_key, true},
    SmallFile{"router-master.key", &ControlHome::router_master_key, true},
    SmallFile{"config.json", &ControlHome::config, false},
};

Error file_error(const std::string& path) {
  return Error(ErrorCode::file_failed, fmt::format("{}: {}", path, std::strerror(errno)));
}

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// A private copy, on disk when it returns. The bytes are wiped: they may be a key's.
Status copy_small_file(const std::string& from, const std::string& to) {
  const Descriptor in(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (in.get() < 0) {
    return Error(errno == ENOENT ? ErrorCode::not_found : ErrorCode::file_failed,
                 fmt::format("{}: {}", from, std::strerror(errno)));
  }
  const Descriptor out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (out.get() < 0) return file_error(to);
  crypto::SecretBytes<4096> piece;
  std::size_t total = 0;
  for (;;) {
    const auto room = piece.writable();
    const auto got = ::read(in.get(), room.data(), room.size());
    if (got < 0) return file_error(from);
    if (got == 0) break;
    total += static_cast<std::size_t>(got);
    if (total > kMaxSmallFileBytes)
      return Error(ErrorCode::corrupt, fmt::format("{} is larger than such a file can be.", from));
    if (::write(out.get(), room.data(), static_cast<std::size_t>(got)) != got)
      return file_error(to);
  }
  if (::fsync(out.get()) != 0) return file_error(to);
  return {};
}

Status check_copy(const std::string& folder) {
  TRY_OK(protocol::ControlPlaneIdentity::load(folder + "/identity.key"));
  TRY_OK(protocol::RouterMasterSecret::load(folder + "/router-master.key"));
  TRY(const auto look, storage::SqliteLook::open(folder + "/control.db"));
  TRY_OK(look->check_schema(control_migrations(SqlDialect::sqlite)));
  TRY(const bool whole, look->check_structure(kStructureCheckMs));
  if (!whole) {
    return Error(ErrorCode::corrupt,
                 fmt::format("{}/control.db could not be looked through in time.", folder));
  }
  return {};
}

Status copy_home(const ControlHome& home, const std::string& folder) {
  TRY_OK(storage::backup_sqlite(home.database(), folder + "/control.db"));
  for (const auto& file : kSmallFiles) {
    const std::string from = (home.*file.path)();
    if (!file.required && !is_there(from)) continue;
    TRY_OK(copy_small_file(from, folder + "/" + std::string(file.name)));
  }
  return storage::sync_folder_of(folder + "/control.db");
}

// The log went on after the copy was taken, perhaps: under its old key it must not go on from here.
Status end_log_of(const ControlHome& home) {
  TRY(const auto database, storage::open_sqlite(home.database()));
  TRY_OK(database->migrate(control_migrations(SqlDialect::sqlite)));
  TRY([[maybe_unused]] const bool had_log, end_receipt_log(home, *database));
  return {};
}

Status copy_back(const ControlHome& home, const std::string& folder) {
  for (const auto& file : kSmallFiles) {
    const std::string from = folder + "/" + std::string(file.name);
    const std::string to = (home.*file.path)();
    if (!file.required && (!is_there(from) || is_there(to))) continue;
    TRY_OK(copy_small_file(from, to));
    TRY_OK(storage::sync_folder_of(to));
  }
  // Last: a home is whole when it has its database.
  TRY_OK(storage::backup_sqlite(folder + "/control.db", home.database()));
  return end_log_of(home);
}

}  // namespace

Result<BackupReport> back_up(const ControlHome& home, const std::string& folder) {
  const auto settings = load_control_settings(home, {});
  if (!settings.ok() && is_there(home.config())) return settings.error();
  // A file may lie there still from before the home was moved to a server.
  if (settings.ok() && !settings->database_uri.empty()) {
    return Error(ErrorCode::unimplemented,
                 fmt::format("The database of {} is on a PostgreSQL server: back it up there "
                             "(docs/operating/postgresql.md), and copy {} as well.",
                             home.root, home.secrets()));
  }
  if (!is_there(home.database())) {
    return Error(ErrorCode::not_found, fmt::format("{} has no database.", home.root));
  }
  if (::mkdir(folder.c_str(), 0700) != 0) {
    if (errno == EEXIST)
      return Error(ErrorCode::conflict, fmt::format("{} exists already; give a new name.", folder));
    return file_error(folder);
  }
  auto copied = copy_home(home, folder);
  std::error_code ignored;
  if (!copied.ok()) {
    std::filesystem::remove_all(folder, ignored);
    return std::move(copied).error();
  }
  const auto bytes = std::filesystem::file_size(folder + "/control.db", ignored);
  return BackupReport{folder, static_cast<std::int64_t>(bytes)};
}

Status restore(const ControlHome& home, const std::string& folder) {
  TRY_OK(check_copy(folder));
  TRY_OK(make_folders(home));
  for (const auto& path : {home.database(), home.identity_key(), home.router_master_key()}) {
    if (is_there(path)) {
      return Error(
          ErrorCode::conflict,
          fmt::format("{} is there already: restore into a home without a control plane.", path));
    }
  }
  return copy_back(home, folder);
}

}  // namespace b3iq::control
