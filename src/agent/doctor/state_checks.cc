#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "agent/auth/local_key_store.h"
#include "agent/doctor/doctor_checks.h"
#include "agent/migrations/schema.h"
#include "agent/models/model_store.h"
#include "agent/setup/setup_types.h"
#include "storage/sqlite/sqlite_look.h"

namespace b3iq::agent {
namespace {

constexpr std::int64_t kLookThroughMs = 5'000;

std::string restore_fix(const Home& home) {
  return fmt::format("b3iq-host --home NEW_FOLDER restore YOUR_BACKUP (keep {} until it works)",
                     home.database());
}

void check_mode(const std::string& path, Diagnosis& out) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return;
  if ((info.st_mode & 077) != 0) {
    out.fault("state.mode", fmt::format("Other users can read {}.", path),
              "chmod 600 " + shell_word(path));
  } else {
    out.good("state.mode", path);
  }
}

void report_unusable(const Home& home, const base::Error& error, Diagnosis& out) {
  if (error.code == base::ErrorCode::not_found) {
    out.fault("state.exists", error.detail,
              fmt::format("Restore a backup, or begin without keys and receipts: b3iq-host --home "
                          "{} init",
                          shell_word(home.root)));
  } else {
    out.fault("state.intact", error.detail, restore_fix(home));
  }
}

}  // namespace

std::optional<StateView> check_state(const Home& home, Diagnosis& out) {
  auto opened = storage::SqliteLook::open(home.database());
  if (!opened.ok()) {
    report_unusable(home, opened.error(), out);
    return std::nullopt;
  }
  auto& look = **opened;
  out.good("state.exists", home.database());
  check_mode(home.database(), out);
  const auto whole = look.check_structure(kLookThroughMs);
  if (!whole.ok()) {
    out.fault("state.intact", whole.error().detail, restore_fix(home));
    return std::nullopt;
  }
  out.good("state.intact",
           *whole ? "Its structure is whole." : "It is large: what was looked through is whole.");
  if (const auto schema = look.check_schema(state_migrations()); !schema.ok()) {
    out.fault("state.schema", schema.error().detail,
              "Install the newer b3iq-host again, or restore the backup made before the upgrade.");
    return std::nullopt;
  }
  out.good("state.schema", "This program knows it.");
  StateView view;
  const auto keys =
      look.read([&view](storage::Transaction& tx) { return select_keys(tx, view.keys); });
  if (!keys.ok()) return std::nullopt;
  // A database of before this version has no such table, and no models: the next start makes it.
  const auto models =
      look.read([&view](storage::Transaction& tx) { return select_models(tx, view.models); });
  if (!models.ok() && models.error().code == base::ErrorCode::corrupt)
    out.fault("state.intact", models.error().detail, restore_fix(home));
  return view;
}

std::string make_key_fix(const Home& home) {
  return fmt::format("b3iq-host --home {} keys create --name my-app", shell_word(home.root));
}

void check_keys(const Home& home, const std::vector<LocalKey>& keys, std::int64_t now_ms,
                Diagnosis& out) {
  const auto count = [&](std::string_view status) {
    return std::ranges::count_if(
        keys, [&](const LocalKey& key) { return key_status(key, now_ms) == status; });
  };
  const auto fix = make_key_fix(home);
  if (const auto active = count("active"); active > 0) {
    out.good("keys.active", fmt::format("{} active", active));
  } else if (const auto expired = count("expired"); expired > 0) {
    out.warning("keys.expired",
                fmt::format("The node's {} keys have expired: no client gets an answer.", expired),
                fix);
  } else {
    out.warning("keys.active", "The node has no active key: no client gets an answer.", fix);
  }
}

}  // namespace b3iq::agent
