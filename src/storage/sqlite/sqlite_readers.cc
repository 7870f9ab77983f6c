#include "storage/sqlite/sqlite_readers.h"

#include <fmt/format.h>
#include <pthread.h>

#include "storage/sqlite/sqlite_transaction.h"

namespace b3iq::storage {
namespace {

// Few at a time, so that the threads share what waits.
constexpr std::size_t kMaxReadBatch = 8;

const Statement kBegin{"BEGIN"};
const Statement kEnd{"COMMIT"};

base::Status read_snapshot(SqliteConnection& connection, Body& body) {
  TRY_OK(connection.control(kBegin));
  SqliteTransaction transaction(connection);
  base::Status outcome = run_body(body, transaction);
  if (connection.in_transaction()) static_cast<void>(connection.control(kEnd));
  return outcome;
}

}  // namespace

SqliteReaders::SqliteReaders(std::string path, std::string vfs, int threads)
    : path_(std::move(path)), vfs_(std::move(vfs)), threads_wanted_(threads) {}

SqliteReaders::~SqliteReaders() { close(); }

RequestQueue& SqliteReaders::queue() {
  std::call_once(started_, [this] {
    for (int i = 0; i < threads_wanted_; ++i) threads_.emplace_back([this, i] { run(i); });
  });
  return queue_;
}

void SqliteReaders::close() {
  queue_.close();
  // From now on no thread is started; those that run come to their end.
  std::call_once(started_, [] {});
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void SqliteReaders::run(int number) {
  pthread_setname_np(pthread_self(), fmt::format("b3-db-read{}", number).c_str());
  std::unique_ptr<SqliteConnection> connection;
  for (;;) {
    const auto batch = queue_.take(kMaxReadBatch);
    if (batch.empty() && queue_.closed()) return;
    for (Request* request : batch) {
      if (!connection) {
        auto opened = SqliteConnection::open(path_, Access::read_only, vfs_);
        if (opened.ok()) {
          connection = std::move(opened).value();
          request->outcome =
              connection->script("PRAGMA cache_size=-2048; PRAGMA query_only=1", "setup");
        } else {
          request->outcome = std::move(opened).error();
        }
      }
      if (request->outcome.ok()) request->outcome = read_snapshot(*connection, request->body);
      queue_.finish(std::span(&request, 1));
    }
  }
}

}  // namespace b3iq::storage
