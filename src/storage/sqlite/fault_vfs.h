// A file system layer for tests. It stands before SQLite's usual one and can make writes and syncs
// fail, wait at a sync, and record everything that reaches the disk, so that the state after a
// power cut at any moment can be rebuilt.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace b3iq::storage {

struct DiskEvent {
  enum class Kind : std::uint8_t { write, truncate, sync, remove, mark };
  Kind kind;
  std::string file;
  std::int64_t offset = 0;  // write; truncate: the new size; mark: the number
  base::Bytes data;
};

class FaultVfs {
 public:
  FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;
  ~FaultVfs();
  const std::string& name() const { return name_; }

  // The next operations on files whose path contains `part` (ends with it, when it ends with '$')
  // answer `code` (SQLITE_OK: work again). Any thread.
  void fail_writes(const std::string& part, int code);
  void fail_syncs(const std::string& part, int code);
  void fail_reads(const std::string& part, int code);
  // Called before each sync, on SQLite's thread, without a lock.
  void on_sync(std::function<void(const std::string& path)> hook);

  void start_recording();
  // Adds a mark to the record: everything before it had happened when it was made.
  void mark(std::int64_t number);
  std::vector<DiskEvent> recorded() const;

 private:
  struct File;
  friend struct FaultVfsCalls;
  struct Rule {
    std::string part;
    int code = SQLITE_OK;
    int answer(const std::string& path) const {
      const bool hit =
          part.ends_with('$') ? (path + '$').ends_with(part) : path.find(part) != std::string::npos;
      return code != SQLITE_OK && hit ? code : SQLITE_OK;
    }
  };

  sqlite3_vfs* const real_;
  const std::string name_;
  sqlite3_vfs vfs_;
  mutable std::mutex mutex_;  // guards what follows
  Rule writes_, syncs_, reads_;
  std::function<void(const std::string&)> hook_;
  bool recording_ = false;
  std::vector<DiskEvent> events_;
};

using Disk = std::map<std::string, base::Bytes>;  // path → content

// What a disk holds when the power goes after the first `count` events: everything synced, and of
// the rest nothing, all, or any 512-byte sectors of any writes, as `random` wants.
enum class Unsynced : std::uint8_t { lost, kept, torn };
Disk after_power_cut(Disk start, const std::vector<DiskEvent>& events, std::size_t count,
                     Unsynced unsynced, std::mt19937_64& random);

}  // namespace b3iq::storage
