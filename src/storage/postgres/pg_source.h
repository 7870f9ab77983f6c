// A session that is made again when it was lost: with random pauses between tries, and patience
// counted from the loss. One thread.
#pragma once

#include <atomic>
#include <memory>

#include "storage/postgres/pg_session.h"
#include "storage/request_queue.h"

namespace b3iq::storage {

class PgSource {
 public:
  // `connects` counts the connections that all sources of the target have made.
  PgSource(const PgTarget& target, PgSession::Role role, const PostgresOptions& options,
           std::atomic<std::uint64_t>& connects)
      : target_(target), role_(role), options_(options), connects_(connects), heard_(connects) {}

  void adopt(std::unique_ptr<PgSession> session) { session_ = std::move(session); }
  // The session, connected. Waits for at most the rest of the patience; once `queue` is closed, for
  // one try. Once another source has connected, what this one last heard of the server is old: it
  // tries at once, with new patience. Errors: those of PgSession::connect.
  base::Result<PgSession*> get(const RequestQueue& queue);
  // What the last get() gave is of no use any more.
  void drop();

  std::uint64_t reconnects() const { return reconnects_; }

 private:
  void hear_of_others();

  const PgTarget& target_;
  const PgSession::Role role_;
  const PostgresOptions& options_;
  std::atomic<std::uint64_t>& connects_;
  std::uint64_t heard_;
  std::unique_ptr<PgSession> session_;
  std::optional<base::Error> last_error_;
  std::int64_t lost_at_ms_ = 0;  // steady; meaningful while last_error_ is set or tries_ > 0
  std::int64_t next_try_ms_ = 0;
  int tries_ = 0;
  bool was_connected_ = false;
  std::atomic<std::uint64_t> reconnects_ = 0;
};

// A random pause for the try `number` (0, 1, 2 …): from nothing to base_ms · 2^number, at most
// cap_ms.
std::int64_t pg_pause_ms(int number, std::int64_t base_ms, std::int64_t cap_ms);
// Milliseconds of the clock that never steps.
std::int64_t pg_now_ms();

}  // namespace b3iq::storage
