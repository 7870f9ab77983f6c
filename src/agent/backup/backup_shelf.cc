#include "agent/backup/backup_shelf.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "agent/backup/backup_manifest.h"
#include "agent/backup/durable_file.h"
#include "agent/backup/pending_restore.h"
#include "base/log.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kPrefix = "bak_";
constexpr std::size_t kUlidBytes = 26;
// Of a folder that is not whole: being made, or being removed.
constexpr std::string_view kUnfinished = "new-";
constexpr std::size_t kEchoedBytes = 64;

std::string unfinished(const Home& home, std::string_view id) {
  return fmt::format("{}/{}{}", home.backups(), kUnfinished, id);
}

void sweep(const Home& home) {
  std::error_code ignored;
  std::vector<std::filesystem::path> left;
  for (const auto& entry : std::filesystem::directory_iterator(home.backups(), ignored)) {
    if (entry.path().filename().string().starts_with(kUnfinished)) left.push_back(entry.path());
  }
  for (const auto& path : left) std::filesystem::remove_all(path, ignored);
}

std::int64_t bytes_in(const std::string& folder) {
  std::int64_t bytes = 0;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failure)) {
    const auto size = entry.file_size(failure);
    if (!failure) bytes += static_cast<std::int64_t>(size);
  }
  return bytes;
}

Status make_shelf(const Home& home) {
  if (::mkdir(home.backups().c_str(), 0700) == 0 ? sync_folder(home.root) : errno == EEXIST)
    return {};
  return Error(ErrorCode::storage_failed, fmt::format("The folder {} cannot be made: {}.",
                                                      home.backups(), std::strerror(errno)));
}

// Both are in one folder.
Status move_folder(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0 && sync_folder(to.substr(0, to.rfind('/'))))
    return {};
  return Error(ErrorCode::storage_failed,
               fmt::format("{} cannot be written: {}.", to, std::strerror(errno)));
}

// A disk that is full is no fault of a file.
Error about_disk(Error error) {
  if (error.code == ErrorCode::file_failed) error.code = ErrorCode::storage_failed;
  return error;
}

}  // namespace

bool is_backup_id(std::string_view text) {
  if (!text.starts_with(kPrefix) || text.size() != kPrefix.size() + kUlidBytes) return false;
  return std::ranges::all_of(text.substr(kPrefix.size()), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
  });
}

Result<std::string> backup_folder(const Home& home, std::string_view id) {
  auto folder = fmt::format("{}/{}", home.backups(), id);
  if (is_backup_id(id) && ::access(folder.c_str(), F_OK) == 0) return folder;
  return Error(ErrorCode::not_found,
               fmt::format("There is no backup '{}'; it may have been removed.",
                           id.substr(0, kEchoedBytes)));
}

Result<KeptBackup> look_at_backup(const Home& home, const std::string& id) {
  TRY(const auto folder, backup_folder(home, id));
  TRY(auto facts, read_manifest(folder, FileCheck::none));
  return KeptBackup{id, std::move(facts), bytes_in(folder)};
}

std::vector<KeptBackup> list_backups(const Home& home) {
  std::vector<KeptBackup> kept;
  std::error_code none_yet;
  for (const auto& entry : std::filesystem::directory_iterator(home.backups(), none_yet)) {
    const auto id = entry.path().filename().string();
    if (!is_backup_id(id)) continue;
    auto backup = look_at_backup(home, id);
    if (backup.ok()) {
      kept.push_back(std::move(backup).value());
    } else {
      base::log(
          base::LogLevel::warn, "backup.unreadable",
          {{"id", std::string_view(id)}, {"detail", std::string_view(backup.error().detail)}});
    }
  }
  std::ranges::sort(kept, std::ranges::greater(), &KeptBackup::id);
  return kept;
}

Result<KeptBackup> keep_backup(const Home& home, const std::string& id, WithIdentity identity,
                               const storage::CopyWatch& watch) {
  TRY_OK(make_shelf(home));
  sweep(home);
  if (list_backups(home).size() >= kMaxKeptBackups) {
    return Error(ErrorCode::conflict,
                 fmt::format("The node keeps at most {} backups, and has them. Remove one first.",
                             kMaxKeptBackups));
  }
  const auto made_in = unfinished(home, id);
  if (const auto made = make_backup(home, made_in, identity, watch); !made.ok())
    return about_disk(made.error());
  if (auto moved = move_folder(made_in, fmt::format("{}/{}", home.backups(), id)); !moved.ok()) {
    sweep(home);
    return std::move(moved).error();
  }
  return look_at_backup(home, id);
}

Status drop_backup(const Home& home, const std::string& id) {
  TRY(const auto folder, backup_folder(home, id));
  if (restore_waits(home)) {
    return Error(ErrorCode::conflict,
                 "A backup is being restored: the node starts again in a moment. Ask then.");
  }
  // Out of the list at once, however long the removal takes.
  const auto going = unfinished(home, id);
  TRY_OK(move_folder(folder, going));
  std::error_code failure;
  std::filesystem::remove_all(going, failure);
  if (!failure) return {};
  return Error(ErrorCode::file_failed,
               fmt::format("{} cannot be removed: {}.", going, failure.message()));
}

}  // namespace b3iq::agent
