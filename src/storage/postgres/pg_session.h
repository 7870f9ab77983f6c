// One connection in libpq's pipeline mode, used by one thread at a time: commands are sent without
// waiting, answers come in the same order and resume the coroutines that wait for them. After a
// failure the server skips what was sent behind it, until settle().
#pragma once

#include <libpq-fe.h>

#include <coroutine>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "storage/postgres/pg_error.h"
#include "storage/postgres/pg_inserts.h"
#include "storage/postgres/pg_target.h"
#include "storage/postgres/pg_value.h"
#include "storage/postgres/postgres_database.h"

namespace b3iq::storage {

// What one command brought. It lives until it is answered; `last` of several share one.
struct PgReply {
  std::vector<PgResult> results;
  std::size_t expected = 1;
  std::optional<base::Error> error;  // the first one
  std::coroutine_handle<> waiter;    // resumed when all results are there; may be empty

  bool done() const { return results.size() == expected || settled; }
  bool settled = false;  // answered with an error instead
};

class PgSession {
 public:
  enum class Role : std::uint8_t { writer, reader };

  // Connects, sets the limits, checks what the server promises. Blocks for at most the target's
  // connect_timeout for each host. `target` outlives it. Errors: storage_failed, config_invalid.
  static base::Result<std::unique_ptr<PgSession>> connect(const PgTarget& target, Role role,
                                                          const PostgresOptions& options);
  PgSession(const PgSession&) = delete;
  PgSession& operator=(const PgSession&) = delete;

  // Sends one call of a statement, prepared at its first use. Error: internal (wrong number of
  // values); nothing was sent then. What goes wrong later is in `reply` and in failure(). `reply`
  // may be null.
  base::Status send(const Statement& statement, std::span<const Value> values, PgReply* reply);
  // What insert_many sends.
  PgInserts& inserts() { return inserts_; }
  // Statements separated by ';' at once. Waits for all that was sent before, and for their end.
  base::Status script(std::string_view sql);

  // Waits until at least one waiter was resumed, or nothing is on its way any more.
  void pump();
  // Ends the pipeline's current run (Sync) and waits for all answers. The session can be used again
  // after a failure.
  void settle();

  bool idle() const { return in_flight_.empty(); }
  std::size_t in_flight() const { return in_flight_.size(); }
  bool lost() const { return lost_; }
  // The first failure since clear_failure().
  const std::optional<PgFailure>& failure() const { return failure_; }
  void clear_failure() { failure_.reset(); }
  // A warning came from the server since the last call, such as that a standby did not confirm.
  bool take_warning() { return std::exchange(warned_, false); }

 private:
  struct Close {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  struct Prepared {
    std::string name;
    std::string sql;
    std::size_t parameters = 0;
    enum class State : std::uint8_t { absent, sent, ready } state = State::absent;
  };
  struct Sent {
    enum class Kind : std::uint8_t { prepare, call, sync } kind;
    Prepared* prepared = nullptr;
    PgReply* reply = nullptr;
    PgResult result;
  };

  PgSession(PGconn* connection, const PgTarget& target, std::int64_t answer_timeout_ms);
  base::Status set_up(Role role, const PostgresOptions& options);
  base::Result<Prepared*> prepare(const Statement& statement);
  bool take_available();
  bool answer(Sent sent);
  void fail(PgFailure failure);
  void lose(std::string_view why);
  bool wait_for_input();
  void flush_request();
  std::string problem() const;
  static void on_notice(void* self, const PGresult* notice);

  const PgTarget& target_;
  const std::int64_t answer_timeout_ms_;
  std::unique_ptr<PGconn, Close> connection_;
  // Entries stay where they are: Sent points to them.
  std::unordered_map<const Statement*, std::unique_ptr<Prepared>> statements_;
  std::vector<std::unique_ptr<Prepared>> replaced_;
  std::uint64_t last_name_ = 0;
  PgInserts inserts_;
  PgParameters parameters_;
  std::deque<Sent> in_flight_;
  bool flush_due_ = false;
  bool lost_ = false;
  bool warned_ = false;
  std::optional<PgFailure> failure_;
};

}  // namespace b3iq::storage
