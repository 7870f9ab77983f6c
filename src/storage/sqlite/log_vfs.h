// A file system layer between SQLite's writer and the usual one: what SQLite writes to the log
// (WAL) in pieces, a header of 24 bytes and a page in turn, goes to the kernel together, at the
// latest when the log is synced. For a connection with synchronous=FULL, which publishes no frame
// before its sync. A write that fails is told at that sync, inside the same commit. Other files,
// and other connections of the same file, are not touched. It outlives the connections that use it;
// made and ended on any thread.
#pragma once

#include <sqlite3.h>

#include <string>

namespace b3iq::storage {

class LogVfs {
 public:
  // `under`: the name of the layer that does the work; empty for the usual one.
  explicit LogVfs(const std::string& under);
  LogVfs(const LogVfs&) = delete;
  LogVfs& operator=(const LogVfs&) = delete;
  ~LogVfs();
  const std::string& name() const { return name_; }

 private:
  struct File;
  friend struct LogVfsCalls;

  sqlite3_vfs* const real_;  // null when there is none of that name; opening then fails
  const std::string name_;
  sqlite3_vfs vfs_{};
};

}  // namespace b3iq::storage
