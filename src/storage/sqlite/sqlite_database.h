// The SQLite driver of the storage port: one file, one process, one writer thread, a few reader
// threads.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "storage/database.h"
#include "storage/sqlite/sqlite_writer.h"

namespace b3iq::storage {

struct SqliteOptions {
  enum class Missing : std::uint8_t { create, refuse };
  // automatic: look through the whole structure (PRAGMA quick_check) after an unclean shutdown, and
  // always when the file is small (kQuickCheckBytes); else the header and the length alone.
  enum class Check : std::uint8_t { automatic, always };

  Missing missing = Missing::create;
  Check check = Check::automatic;
  int reader_threads = 2;
  std::size_t max_queued_writes = kMaxQueuedWrites;
  CheckpointPolicy checkpoint = {};
  // SQLite's file system layer; empty: the usual one. Tests put a faulty one here.
  std::string vfs;
};

// A file up to this size is looked through at every start (about 2 ms a MiB).
inline constexpr std::uint64_t kQuickCheckBytes = std::uint64_t{4} * 1024 * 1024;

// Opens the database, making it when there is none. Files are private (0600). Blocks; any thread.
// Errors: conflict (another process has it, named; or a file of another program), corrupt (with the
// file and what to do; nothing is changed), not_found (missing, and told to refuse),
// storage_failed, file_failed.
base::Result<std::unique_ptr<Database>> open_sqlite(const std::string& path,
                                                    const SqliteOptions& options = {});

// Asked every few milliseconds while a copy is made, on the thread that makes it, with the bytes
// written and the most there can be. False ends the copy.
using CopyWatch = std::function<bool(std::int64_t done_bytes, std::int64_t total_bytes)>;

// Database::backup_to without opening the database for work: the process that holds it goes on.
// `vfs` as in SqliteOptions. Error more than there: cancelled, by the watch; nothing is left then.
base::Status backup_sqlite(const std::string& path, const std::string& target,
                           const std::string& vfs = {}, const CopyWatch& watch = {});

}  // namespace b3iq::storage
