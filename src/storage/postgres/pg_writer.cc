#include "storage/postgres/pg_writer.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <iterator>

#include "base/log.h"

namespace b3iq::storage {
namespace {

using base::Error;
using base::ErrorCode;

// A group is bounded so that the first of many callers does not wait for all of them.
constexpr std::size_t kMaxGroup = 1024;
constexpr std::int64_t kConflictBaseMs = 2;
constexpr std::int64_t kConflictCapMs = 200;
// A body that ends the server's process each time must not do so for ever.
constexpr int kMaxLosses = 4;

}  // namespace

PgWriter::PgWriter(const PgTarget& target, const PostgresOptions& options,
                   std::unique_ptr<PgSession> session, std::atomic<std::uint64_t>& connects)
    : options_(options),
      source_(target, PgSession::Role::writer, options_, connects),
      group_limit_(kMaxGroup),
      queue_(options.max_queued_writes) {
  source_.adopt(std::move(session));
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "b3-db-write");
}

PgWriter::~PgWriter() { close(); }

void PgWriter::close() {
  queue_.close();
  if (thread_.joinable()) thread_.join();
}

WriterStats PgWriter::stats() const {
  WriterStats stats{.commits = commits_,
                    .bodies = bodies_,
                    .queued_now = queue_.size(),
                    .conflicts = conflicts_,
                    .reconnects = source_.reconnects()};
  failures_.tell(stats);
  return stats;
}

void PgWriter::run() {
  for (;;) {
    auto taken = queue_.take(group_limit_);
    if (taken.empty()) {
      if (queue_.closed()) break;
      continue;
    }
    // A transaction has one isolation.
    for (const auto isolation : {Isolation::by_statement, Isolation::serializable}) {
      Part part;
      std::ranges::copy_if(taken, std::back_inserter(part.requests),
                           [=](const Request* r) { return r->isolation == isolation; });
      part.since_ms = pg_now_ms();
      if (!part.requests.empty()) parts_.push_back(std::move(part));
    }
    while (!parts_.empty()) {
      Part next = std::move(parts_.front());
      parts_.pop_front();
      run_part(std::move(next));
    }
  }
  source_.drop();
}

void PgWriter::run_part(Part part) {
  const auto session = source_.get(queue_);
  if (!session.ok()) {
    failures_.note();
    fail(part, session.error());
    return;
  }
  for (Request* request : part.requests) request->outcome = {};
  const PgGroupEnd end = part.apart ? run_apart(**session, part.requests)
                                    : run_together(**session, forecast_, part.requests);
  if ((*session)->lost() || end == PgGroupEnd::lost || end == PgGroupEnd::unknown) source_.drop();
  switch (end) {
    case PgGroupEnd::done:
      if (std::any_of(part.requests.begin(), part.requests.end(),
                      [](const Request* r) { return r->outcome.ok(); })) {
        ++commits_;
      }
      if (std::any_of(part.requests.begin(), part.requests.end(), [](const Request* r) {
            return !r->outcome.ok() && r->outcome.error().code == ErrorCode::storage_failed;
          })) {
        failures_.note();
      }
      if (part.conflicts == 0) grow();
      finish(part);
      break;
    case PgGroupEnd::spoilt:
      after_spoilt(part);
      break;
    case PgGroupEnd::conflict:
      after_conflict(std::move(part));
      break;
    case PgGroupEnd::lost:
      after_loss(std::move(part));
      break;
    case PgGroupEnd::unknown:
      failures_.note();
      base::log(base::LogLevel::error, "storage.commit_unknown",
                {{"bodies", static_cast<std::int64_t>(part.requests.size())}});
      finish(part);
      break;
  }
}

void PgWriter::grow() { group_limit_ = std::min(kMaxGroup, group_limit_ + group_limit_ / 8 + 1); }

// Smaller groups meet less. The pause is random, so that two processes do not meet again at once.
void PgWriter::after_conflict(Part part) {
  ++conflicts_;
  ++part.conflicts;
  group_limit_ = std::max<std::size_t>(1, part.requests.size() / 2);
  if (pg_now_ms() - part.since_ms >= options_.conflict_patience_ms) {
    fail(part, Error(ErrorCode::storage_failed,
                     fmt::format("Other processes wrote the same rows in each of {} tries; nothing "
                                 "was written. Try again.",
                                 part.conflicts),
                     {}, kPgRetryAfterMs));
    return;
  }
  std::this_thread::sleep_for(
      std::chrono::milliseconds(pg_pause_ms(part.conflicts - 1, kConflictBaseMs, kConflictCapMs)));
  split(part, std::max<std::size_t>(1, (part.requests.size() + 1) / 2), part.apart);
}

// Nothing was committed: the server has rolled back what the connection left, or will.
void PgWriter::after_loss(Part part) {
  if (++part.losses > kMaxLosses) {
    failures_.note();
    fail(part, pg_unreachable("the connection broke each time"));
    return;
  }
  parts_.push_front(std::move(part));
}

void PgWriter::after_spoilt(const Part& part) {
  split(part, part.apart ? 1 : kMaxApart, !part.apart);
}

void PgWriter::split(const Part& part, std::size_t size, bool apart) {
  const std::size_t count = part.requests.size();
  for (std::size_t end = count; end > 0;) {
    const std::size_t begin = (end - 1) / size * size;
    Part piece = part;
    piece.apart = apart && end - begin > 1;
    piece.requests.assign(part.requests.begin() + static_cast<std::ptrdiff_t>(begin),
                          part.requests.begin() + static_cast<std::ptrdiff_t>(end));
    parts_.push_front(std::move(piece));
    end = begin;
  }
}

void PgWriter::finish(const Part& part) {
  bodies_ += part.requests.size();
  queue_.finish(part.requests);
}

void PgWriter::fail(const Part& part, const Error& error) {
  for (Request* request : part.requests) request->outcome = error;
  finish(part);
}

}  // namespace b3iq::storage
