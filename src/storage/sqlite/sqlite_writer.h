// The one thread and the one connection that write. All bodies that wait when it gets to work run
// in one transaction, each in its own savepoint, and share one commit (one sync). It also
// checkpoints, alone: SQLite before 3.51.3 can damage a database when one connection checkpoints
// while another writes.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "storage/request_queue.h"
#include "storage/sqlite/sqlite_connection.h"

namespace b3iq::storage {

// Counted in pages of 4 KiB that came into the log since the last checkpoint.
struct CheckpointPolicy {
  int idle_pages = 1000;  // checkpoint when nothing came for idle_ms
  int idle_ms = 20;
  int busy_pages = 4000;      // checkpoint between two groups
  int shrink_pages = 16'000;  // in the log altogether: give its space back as well
};

class SqliteWriter {
 public:
  SqliteWriter(std::unique_ptr<SqliteConnection> connection, std::size_t max_queued,
               CheckpointPolicy policy);
  // Finishes what was accepted, moves the log into the database, closes.
  ~SqliteWriter();
  RequestQueue& queue() { return queue_; }
  void close();
  WriterStats stats() const;

 private:
  void run();
  void run_group(std::span<Request* const> group);
  void run_alone(Request& request);
  void run_in_savepoint(Request& request);
  void commit(std::span<Request* const> group);
  void fail_all(std::span<Request* const> group, const base::Error& error);
  void checkpoint(int mode);
  int new_pages() const { return wal_pages_ - checkpointed_pages_; }
  static int on_wal_grown(void* self, sqlite3* db, const char* name, int pages);

  // Used by the writer thread alone once it runs.
  std::unique_ptr<SqliteConnection> connection_;
  const CheckpointPolicy policy_;
  int wal_pages_ = 0;           // in the log now
  int checkpointed_pages_ = 0;  // in the log at the last checkpoint

  std::atomic<std::uint64_t> commits_ = 0;
  std::atomic<std::uint64_t> bodies_ = 0;
  RequestQueue queue_;
  std::thread thread_;
};

}  // namespace b3iq::storage
