// The one thread and the one connection that write. All bodies that wait when it gets to work run
// in one transaction, each in its own savepoint, and share one commit (one sync). It also
// checkpoints, alone: SQLite before 3.51.3 can damage a database when one connection checkpoints
// while another writes.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "storage/request_queue.h"
#include "storage/sqlite/sqlite_connection.h"
#include "storage/write_failures.h"

namespace b3iq::storage {

// Counted in pages of 4 KiB that came into the log since the last checkpoint.
struct CheckpointPolicy {
  int idle_pages = 500;  // checkpoint when nothing came for idle_ms
  int idle_ms = 20;
  // Between two groups while nobody waits: short pauses, of which each is soon over. Not more often
  // than this: a caller who sends one large group after the other never waits either.
  int quiet_pages = 200;
  int quiet_ms = 250;
  int busy_pages = 1900;      // checkpoint between two groups, whoever waits
  int shrink_pages = 16'000;  // in the log altogether: give its space back as well
  // The log's file is filled with zeros up to here when the writer is idle, and a little ahead of
  // the last frame when it is not. A sync that need not record a new length of the file does not
  // wait for the file system's journal: on ext4 it takes half the time on an idle machine, and a
  // tenth on a busy one. 0: never.
  int reserve_pages = 2000;
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
  enum class Together : std::uint8_t { done, spoilt };
  Together run_together(std::span<Request* const> group);
  base::Status run_one_by_one(std::span<Request* const> group);
  void run_in_savepoint(Request& request);
  void commit(std::span<Request* const> group);
  void fail_all(std::span<Request* const> group, const base::Error& error);
  void checkpoint(int mode);
  void on_idle();
  // Enough for a checkpoint that nobody waits behind.
  bool quiet_enough();
  void reserve_log(int pages);
  int new_pages() const { return wal_pages_ - checkpointed_pages_; }
  static int on_wal_grown(void* self, sqlite3* db, const char* name, int pages);

  // Used by the writer thread alone once it runs.
  std::unique_ptr<SqliteConnection> connection_;
  const CheckpointPolicy policy_;
  int wal_pages_ = 0;  // in the log now
  std::chrono::steady_clock::time_point next_quiet_;
  int checkpointed_pages_ = 0;  // in the log at the last checkpoint
  int reserved_pages_ = 0;      // that the log's file has room for

  std::atomic<std::uint64_t> commits_ = 0;
  std::atomic<std::uint64_t> bodies_ = 0;
  WriteFailures failures_;
  RequestQueue queue_;
  std::thread thread_;
};

}  // namespace b3iq::storage
