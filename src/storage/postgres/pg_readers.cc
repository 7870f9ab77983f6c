#include "storage/postgres/pg_readers.h"

#include <fmt/format.h>
#include <pthread.h>

#include <chrono>

#include "storage/postgres/pg_group.h"

namespace b3iq::storage {
namespace {

constexpr int kMaxTries = 6;
constexpr std::int64_t kPauseBaseMs = 2;
constexpr std::int64_t kPauseCapMs = 100;

}  // namespace

PgReaders::~PgReaders() { close(); }

RequestQueue& PgReaders::queue() {
  std::call_once(started_, [this] {
    for (int i = 0; i < options_.reader_connections; ++i) {
      threads_.emplace_back([this, i] { run(i); });
    }
  });
  return queue_;
}

void PgReaders::close() {
  queue_.close();
  // From now on no thread is started; those that run come to their end.
  std::call_once(started_, [] {});
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void PgReaders::run(int number) {
  pthread_setname_np(pthread_self(), fmt::format("b3-db-read{}", number).c_str());
  PgSource source(target_, PgSession::Role::reader, options_, connects_);
  for (;;) {
    const auto batch = queue_.take(1);
    if (batch.empty() && queue_.closed()) return;
    for (Request* request : batch) read(source, *request);
  }
}

// A read that lost its connection runs again: it has changed nothing.
void PgReaders::read(PgSource& source, Request& request) {
  Request* const one[] = {&request};
  for (int tries = 1;; ++tries) {
    const auto session = source.get(queue_);
    if (!session.ok()) {
      request.outcome = session.error();
      queue_.finish(one);
      return;
    }
    const PgGroupEnd end = run_read(**session, request);
    const bool again = end != PgGroupEnd::done && tries < kMaxTries;
    if (!again) queue_.finish(one);  // `request` may be gone
    end_read(**session);
    if ((*session)->lost() || end == PgGroupEnd::lost) source.drop();
    if (!again) return;
    std::this_thread::sleep_for(
        std::chrono::milliseconds(pg_pause_ms(tries, kPauseBaseMs, kPauseCapMs)));
  }
}

}  // namespace b3iq::storage
