#include "storage/postgres/pg_group.h"

#include <algorithm>
#include <string_view>

#include "base/check.h"
#include "storage/postgres/pg_transaction.h"

namespace b3iq::storage {
namespace {

const Statement kBegin{"BEGIN ISOLATION LEVEL SERIALIZABLE"};
const Statement kBeginByStatement{"BEGIN ISOLATION LEVEL READ COMMITTED"};
const Statement kBeginRead{"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"};
const Statement kCommit{"COMMIT"};
const Statement kRollback{"ROLLBACK"};
const Statement kSavepoint{"SAVEPOINT body"};
const Statement kRelease{"RELEASE SAVEPOINT body"};
const Statement kRollbackTo{"ROLLBACK TO SAVEPOINT body"};

// Commands on their way at once: neither side has to keep more answers.
constexpr std::size_t kMaxInFlight = 512;

// Control statements have no parameters; what goes wrong with them shows in failure().
void control(PgSession& session, const Statement& statement, PgReply* reply = nullptr) {
  static_cast<void>(session.send(statement, {}, reply));
}

PgGroupEnd end_of(PgFailure::Kind kind) {
  switch (kind) {
    case PgFailure::Kind::conflict:
      return PgGroupEnd::conflict;
    case PgFailure::Kind::stale:
    case PgFailure::Kind::lost:
      return PgGroupEnd::lost;
    case PgFailure::Kind::unknown:
      return PgGroupEnd::unknown;
    case PgFailure::Kind::statement:
      break;
  }
  return PgGroupEnd::spoilt;
}

// Leaves the transaction, whatever happened in it.
void roll_back(PgSession& session) {
  session.settle();
  session.clear_failure();
  control(session, kRollback);
  session.settle();
}

// Nothing may be on its way.
PgGroupEnd commit(PgSession& session) {
  static_cast<void>(session.take_warning());
  PgReply reply;
  control(session, kCommit, &reply);
  session.settle();
  if (session.lost()) return PgGroupEnd::unknown;
  if (session.failure()) {
    const auto end = end_of(session.failure()->kind);
    if (end == PgGroupEnd::unknown || end == PgGroupEnd::conflict) return end;
    // The server said no to the commit itself (a full disk, a time limit).
    return PgGroupEnd::spoilt;
  }
  // A transaction that had failed answers COMMIT with the word ROLLBACK.
  const std::string_view tag = PQcmdStatus(reply.results.front().get());
  if (tag != "COMMIT") return PgGroupEnd::spoilt;
  // A standby that must confirm did not: a fail-over may lose it.
  return session.take_warning() ? PgGroupEnd::unknown : PgGroupEnd::done;
}

void fail_good_ones(std::span<Request* const> group, const base::Error& error) {
  for (Request* request : group) {
    if (request->outcome.ok()) request->outcome = error;
  }
}

struct Running {
  Running(PgSession& session, PgForecast* forecast, Request& r, bool* overtaken = nullptr)
      : request(r), transaction(session, forecast, overtaken) {}
  Request& request;
  PgTransaction transaction;
  std::optional<base::Status> outcome;
};

// The bodies of a group under way, in their order.
class Together {
 public:
  Together(PgSession& session, PgForecast& forecast, std::span<Request* const> group)
      : session_(session), forecast_(forecast), group_(group) {}

  // False when the group cannot be committed as it is. All bodies have ended then, too.
  bool run() {
    while (good() && (running_.size() < group_.size() || !finished())) {
      if (may_start()) {
        start();
        continue;
      }
      // A body that waits for something else than its transaction would wait for ever.
      B3_CHECK(!session_.idle());
      session_.pump();
    }
    if (!running_.empty()) running_.back().transaction.close();
    if (!session_.idle()) session_.settle();
    B3_CHECK(finished());
    return good() && keep_outcomes();
  }

 private:
  bool good() const { return !session_.failure() && !overtaken_; }
  bool finished() {
    while (first_open_ < running_.size() && running_[first_open_].outcome) {
      forecast_.ended(running_[first_open_++].transaction.path());
    }
    return first_open_ == running_.size();
  }
  bool may_start() {
    if (running_.size() == group_.size() || session_.in_flight() >= kMaxInFlight) return false;
    if (finished()) return true;
    const Running& last = running_.back();
    return last.outcome || forecast_.ends_at(last.transaction.path());
  }
  void start() {
    if (!running_.empty()) running_.back().transaction.close();
    Request& request = *group_[running_.size()];
    request.outcome = {};
    Running& next = running_.emplace_back(session_, &forecast_, request, &overtaken_);
    start_body(request.body, next.transaction, next.outcome);
  }
  bool keep_outcomes() {
    for (Running& r : running_) {
      // The only body needs no second try: the transaction is its own.
      if (!r.outcome->ok() && r.transaction.changed() && group_.size() > 1) return false;
      r.request.outcome = *std::move(r.outcome);
    }
    return true;
  }

  PgSession& session_;
  PgForecast& forecast_;
  const std::span<Request* const> group_;
  std::deque<Running> running_;  // they stay where they are
  std::size_t first_open_ = 0;
  bool overtaken_ = false;
};

// The transaction is over, one way or the other; the requests learn of what was no wish for another
// try.
PgGroupEnd commit_or_roll_back(PgSession& session, std::span<Request* const> group) {
  if (std::none_of(group.begin(), group.end(), [](const Request* r) { return r->outcome.ok(); })) {
    roll_back(session);
    return PgGroupEnd::done;
  }
  const PgGroupEnd end = commit(session);
  if (end == PgGroupEnd::unknown) {
    fail_good_ones(group, pg_commit_unknown(session.failure() ? session.failure()->error.detail
                                                              : "a standby did not confirm it"));
    return end;
  }
  if (end != PgGroupEnd::spoilt) return end;
  fail_good_ones(group, session.failure()
                            ? session.failure()->error
                            : base::Error(base::ErrorCode::internal,
                                          "a body went on after a statement had failed"));
  session.clear_failure();  // the transaction has ended with its COMMIT
  return PgGroupEnd::done;
}

// A group that failed: what now, after the roll-back.
PgGroupEnd give_up(PgSession& session, std::span<Request* const> group) {
  PgGroupEnd end = PgGroupEnd::spoilt;
  std::optional<base::Error> error;
  if (session.failure()) {
    end = end_of(session.failure()->kind);
    error = session.failure()->error;
  }
  if (!session.lost()) roll_back(session);
  if (session.lost()) return PgGroupEnd::lost;
  if (end == PgGroupEnd::unknown) end = PgGroupEnd::conflict;  // no COMMIT was sent
  if (end == PgGroupEnd::spoilt && group.size() == 1 && error) {
    if (group[0]->outcome.ok()) group[0]->outcome = *error;
    return PgGroupEnd::done;
  }
  return end;
}

// All of a group are of one isolation.
void begin(PgSession& session, std::span<Request* const> group) {
  const bool serial = group.front()->isolation == Isolation::serializable;
  control(session, serial ? kBegin : kBeginByStatement);
}

// Waits for the body's end. False when a statement failed.
bool finish_body(PgSession& session, Running& running) {
  start_body(running.request.body, running.transaction, running.outcome);
  while (!running.outcome) {
    B3_CHECK(!session.idle());
    session.pump();
  }
  running.request.outcome = *std::move(running.outcome);
  return !session.failure();
}

}  // namespace

PgGroupEnd run_together(PgSession& session, PgForecast& forecast, std::span<Request* const> group) {
  session.clear_failure();
  begin(session, group);
  if (group.size() == 1) {
    Running only(session, &forecast, *group[0]);
    if (!finish_body(session, only)) return give_up(session, group);
    forecast.ended(only.transaction.path());
    return commit_or_roll_back(session, group);
  }
  Together together(session, forecast, group);
  if (!together.run()) return give_up(session, group);
  return commit_or_roll_back(session, group);
}

PgGroupEnd run_apart(PgSession& session, std::span<Request* const> group) {
  session.clear_failure();
  begin(session, group);
  for (Request* request : group) {
    control(session, kSavepoint);
    Running running(session, nullptr, *request);
    const bool good = finish_body(session, running);
    if (session.failure()) {
      if (session.failure()->kind != PgFailure::Kind::statement) return give_up(session, {});
      if (request->outcome.ok()) request->outcome = session.failure()->error;
      session.settle();
      session.clear_failure();
    }
    if (!good || (!request->outcome.ok() && running.transaction.changed())) {
      control(session, kRollbackTo);
    }
    control(session, kRelease);
  }
  if (session.failure()) return give_up(session, {});
  return commit_or_roll_back(session, group);
}

PgGroupEnd run_read(PgSession& session, Request& request) {
  session.clear_failure();
  request.outcome = {};
  control(session, kBeginRead);
  Running running(session, nullptr, request);
  PgGroupEnd end = PgGroupEnd::done;
  if (!finish_body(session, running)) {
    end = end_of(session.failure()->kind);
    if (request.outcome.ok()) request.outcome = session.failure()->error;
    if (end == PgGroupEnd::spoilt || end == PgGroupEnd::unknown) end = PgGroupEnd::done;
  }
  return end;
}

void end_read(PgSession& session) {
  if (!session.lost()) roll_back(session);
}

}  // namespace b3iq::storage
