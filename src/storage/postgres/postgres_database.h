// The PostgreSQL driver of the storage port: any number of processes on one database, each with one
// writer connection in libpq's pipeline mode and a few read-only ones.
//
// Writes are SERIALIZABLE: what a body has seen still holds when it commits, whoever else writes.
// A group that the server refuses for that reason (SQLSTATE 40001, 40P01, 55P03) is rolled back and
// runs again after a short random pause, smaller: bodies may run several times. Reads see one
// snapshot (REPEATABLE READ, READ ONLY), which the server never refuses on a primary.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "storage/database.h"

namespace b3iq::storage {

struct PostgresOptions {
  int reader_connections = 4;
  std::size_t max_queued_writes = kMaxQueuedWrites;
  std::size_t max_queued_reads = 16'384;

  // The server's own limits, set for each connection. In milliseconds.
  std::int64_t statement_timeout_ms = 10'000;
  std::int64_t lock_timeout_ms = 2'000;  // then the group is rolled back and runs again
  std::int64_t idle_in_transaction_timeout_ms = 30'000;
  // A connection that has not answered for this long, beyond statement_timeout_ms, is given up.
  std::int64_t answer_margin_ms = 5'000;

  // How long writes and reads wait for a connection, counted from the moment it was lost. After
  // that they fail at once (storage_failed) until there is one again.
  std::int64_t patience_ms = 5'000;
  // How long a group runs again because of conflicts with other processes before it is given up.
  std::int64_t conflict_patience_ms = 10'000;

  // Take a server or role with synchronous_commit=off, which answers before a commit is on disk:
  // acknowledged writes may then be lost when the server's machine fails.
  bool allow_asynchronous_commit = false;
};

// Opens a database of a server that runs. `uri` is libpq's (postgresql://…) with all its
// parameters: sslmode, sslrootcert, several hosts, target_session_attrs. It may hold a password and
// is never printed. Where it does not say otherwise: connect_timeout=5 (seconds, for each host),
// TCP keep-alives after 10 s, tcp_user_timeout=10000, target_session_attrs=read-write.
// Blocks; any thread. Errors: config_invalid (the URI; synchronous_commit is off), storage_failed
// (no server, or it refuses us).
//
// The Database it gives: write() ends in storage_failed with "may or may not have been written"
// when the connection fell after COMMIT was sent; the caller decides whether to send it again. It
// never runs such a group again by itself. migrate() may be called by many processes at once.
// backup_to() is unimplemented: a server's backups are the server's (docs/operating/postgresql.md).
base::Result<std::unique_ptr<Database>> open_postgres(const std::string& uri,
                                                      const PostgresOptions& options = {});

// True for the error of a write of which nobody knows whether it was kept.
bool is_outcome_unknown(const base::Error& error);

// True for what open_postgres takes as `uri`, by its beginning.
bool is_postgres_uri(std::string_view text);

}  // namespace b3iq::storage
