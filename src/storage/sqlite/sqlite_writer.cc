#include "storage/sqlite/sqlite_writer.h"

#include <pthread.h>

#include <algorithm>
#include <string>

#include "base/log.h"
#include "storage/sqlite/sqlite_error.h"
#include "storage/sqlite/sqlite_transaction.h"

namespace b3iq::storage {
namespace {

// A group is bounded so that the first of many callers does not wait for all of them.
constexpr std::size_t kMaxGroup = 1024;
constexpr sqlite3_int64 kLogHeaderBytes = 32;
constexpr sqlite3_int64 kLogFrameBytes = 24 + 4096;
constexpr int kReserveAheadPages = 64;
constexpr sqlite3_int64 kReserveStepBytes = sqlite3_int64{256} * 1024;

const Statement kBegin{"BEGIN IMMEDIATE"};
const Statement kCommit{"COMMIT"};
const Statement kRollback{"ROLLBACK"};
const Statement kSavepoint{"SAVEPOINT body"};
const Statement kRelease{"RELEASE body"};
const Statement kRollbackTo{"ROLLBACK TO body"};

void log_failure(std::string_view event, const base::Error& error) {
  base::log(base::LogLevel::error, event, {{"detail", std::string_view(error.detail)}});
}

}  // namespace

SqliteWriter::SqliteWriter(std::unique_ptr<SqliteConnection> connection, std::size_t max_queued,
                           CheckpointPolicy policy)
    : connection_(std::move(connection)), policy_(policy), queue_(max_queued) {
  sqlite3_wal_hook(connection_->handle(), &SqliteWriter::on_wal_grown, this);
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "b3-db-write");
}

SqliteWriter::~SqliteWriter() { close(); }

void SqliteWriter::close() {
  queue_.close();
  if (thread_.joinable()) thread_.join();
}

WriterStats SqliteWriter::stats() const {
  WriterStats stats{.commits = commits_, .bodies = bodies_, .queued_now = queue_.size()};
  failures_.tell(stats);
  return stats;
}

int SqliteWriter::on_wal_grown(void* self, sqlite3*, const char*, int pages) {
  auto* const writer = static_cast<SqliteWriter*>(self);
  if (pages < writer->checkpointed_pages_) writer->checkpointed_pages_ = 0;  // the log began anew
  writer->wal_pages_ = pages;
  return SQLITE_OK;
}

void SqliteWriter::run() {
  for (;;) {
    const bool idle_work =
        new_pages() >= policy_.idle_pages || reserved_pages_ < policy_.reserve_pages;
    std::optional<std::chrono::milliseconds> patience;
    if (idle_work) patience = std::chrono::milliseconds(policy_.idle_ms);
    const auto group = queue_.take(kMaxGroup, patience);
    if (!group.empty()) {
      if (policy_.reserve_pages > 0 && reserved_pages_ < wal_pages_ + kReserveAheadPages) {
        reserve_log(wal_pages_ + 2 * kReserveAheadPages);
      }
      run_group(group);
    } else if (queue_.closed()) {
      break;
    } else {
      on_idle();
    }
    if (new_pages() >= policy_.busy_pages || quiet_enough()) {
      checkpoint(wal_pages_ >= policy_.shrink_pages ? SQLITE_CHECKPOINT_TRUNCATE
                                                    : SQLITE_CHECKPOINT_PASSIVE);
    }
  }
  checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
  connection_.reset();
}

bool SqliteWriter::quiet_enough() {
  if (new_pages() < policy_.quiet_pages || queue_.size() > 0) return false;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_quiet_) return false;
  next_quiet_ = now + std::chrono::milliseconds(policy_.quiet_ms);
  return true;
}

void SqliteWriter::on_idle() {
  reserve_log(policy_.reserve_pages);
  if (new_pages() >= policy_.idle_pages) checkpoint(SQLITE_CHECKPOINT_PASSIVE);
}

// Zeros behind the last frame end the log for SQLite, as the end of the file does. The space is
// written, not only allocated: a file system records the first write to allocated space too. The
// next commit's sync covers the zeros.
void SqliteWriter::reserve_log(int pages) {
  if (reserved_pages_ >= pages) return;
  // Set even when it fails, so that a full disk is not tried at every commit: the log then grows by
  // itself.
  reserved_pages_ = pages;
  sqlite3_file* log = nullptr;
  sqlite3_file_control(connection_->handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER,
                       static_cast<void*>(&log));
  if (log == nullptr || log->pMethods == nullptr) return;
  sqlite3_int64 size = 0;
  if (log->pMethods->xFileSize(log, &size) != SQLITE_OK) return;
  const sqlite3_int64 wanted = kLogHeaderBytes + pages * kLogFrameBytes;
  const std::vector<char> zeros(kReserveStepBytes);
  while (size < wanted) {
    const auto step = static_cast<int>(std::min<sqlite3_int64>(kReserveStepBytes, wanted - size));
    if (log->pMethods->xWrite(log, zeros.data(), step, size) != SQLITE_OK) return;
    size += step;
  }
}

void SqliteWriter::run_group(std::span<Request* const> group) {
  // A rollback that failed the last time is made good first.
  if (connection_->in_transaction()) static_cast<void>(connection_->control(kRollback));
  auto begun = connection_->control(kBegin);
  if (begun.ok() && run_together(group) == Together::spoilt) begun = run_one_by_one(group);
  if (begun.ok()) {
    commit(group);
  } else {
    fail_all(group, begun.error());
  }
  bodies_ += group.size();
  queue_.finish(group);
}

SqliteWriter::Together SqliteWriter::run_together(std::span<Request* const> group) {
  for (Request* request : group) {
    SqliteTransaction transaction(*connection_);
    request->outcome = run_body(request->body, transaction);
    if (request->outcome.ok()) continue;
    if (!connection_->in_transaction()) return Together::done;  // commit() sees it too
    // The only body needs no savepoint: the transaction is its own.
    if (group.size() > 1 && transaction.changed()) return Together::spoilt;
  }
  return Together::done;
}

base::Status SqliteWriter::run_one_by_one(std::span<Request* const> group) {
  TRY_OK(connection_->control(kRollback));
  for (Request* request : group) request->outcome = {};
  TRY_OK(connection_->control(kBegin));
  for (Request* request : group) {
    if (!connection_->in_transaction()) break;
    run_in_savepoint(*request);
  }
  return {};
}

void SqliteWriter::run_in_savepoint(Request& request) {
  request.outcome = connection_->control(kSavepoint);
  if (!request.outcome.ok()) return;
  SqliteTransaction transaction(*connection_);
  request.outcome = run_body(request.body, transaction);
  if (!connection_->in_transaction()) return;
  if (!request.outcome.ok()) static_cast<void>(connection_->control(kRollbackTo));
  static_cast<void>(connection_->control(kRelease));
}

void SqliteWriter::commit(std::span<Request* const> group) {
  if (!connection_->in_transaction()) {
    // A full disk or an I/O error inside a body makes SQLite roll the whole transaction back.
    const auto last = std::find_if(group.rbegin(), group.rend(),
                                   [](const Request* r) { return !r->outcome.ok(); });
    if (last != group.rend()) {
      fail_all(group, base::Error((*last)->outcome.error()));
      return;
    }
    fail_all(group, base::Error(base::ErrorCode::internal, "a body ended the transaction itself"));
    return;
  }
  bool any = false;
  for (const Request* request : group) any = any || request->outcome.ok();
  const auto done = connection_->control(any ? kCommit : kRollback);
  if (done.ok()) {
    commits_ += any ? 1 : 0;
    return;
  }
  if (connection_->in_transaction()) static_cast<void>(connection_->control(kRollback));
  fail_all(group, done.error());
}

// Bodies that failed by themselves keep their error; the others get the group's.
void SqliteWriter::fail_all(std::span<Request* const> group, const base::Error& error) {
  log_failure("storage.write_failed", error);
  if (error.code == base::ErrorCode::storage_failed) failures_.note();
  for (Request* request : group) {
    if (request->outcome.ok()) request->outcome = error;
  }
}

// A reader that still needs old pages makes it incomplete, which is no error: the rest is moved the
// next time.
void SqliteWriter::checkpoint(int mode) {
  sqlite3* const db = connection_->handle();
  sqlite3_busy_timeout(db, 0);
  const int rc = sqlite3_wal_checkpoint_v2(db, nullptr, mode, nullptr, nullptr);
  sqlite3_busy_timeout(db, kBusyTimeoutMs);
  checkpointed_pages_ = wal_pages_;
  if (rc == SQLITE_OK && mode == SQLITE_CHECKPOINT_TRUNCATE) {
    checkpointed_pages_ = wal_pages_ = 0;
    reserved_pages_ = 0;
  }
  if (rc != SQLITE_OK && (rc & 0xFF) != SQLITE_BUSY) {
    log_failure("storage.checkpoint_failed", sqlite_error(db, rc, "checkpoint"));
  }
}

}  // namespace b3iq::storage
