#include "storage/postgres/pg_session.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.h"
#include "base/log.h"

namespace b3iq::storage {
namespace {

using base::Error;
using base::ErrorCode;

constexpr int kBinaryResults = 1;
constexpr int kMaxSpurious = 8;  // ends of results in a row; more means that we are out of step
constexpr int kOldestServer = 120'000;  // PQserverVersion: 12
// Writes go by keys. A table that was just filled has no statistics, and a plan that reads all of
// it, made when it was empty, would be kept by the prepared statement. Settings that the server
// does not know are left out.
constexpr const char* kPlanByKeys =
    "SELECT set_config(name, 'off', false) FROM pg_settings WHERE name IN ('enable_seqscan', "
    "'jit')";

// libpq ends its messages with line feeds.
std::string one_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

bool is_local(PGconn* connection) {
  const char* const host = PQhost(connection);
  return host == nullptr || host[0] == '/' || host[0] == '@' || host[0] == '\0' ||
         std::string_view(host) == "localhost" || std::string_view(host).starts_with("127.") ||
         std::string_view(host) == "::1";
}

bool is_failure(const PGresult* result) {
  const auto status = PQresultStatus(result);
  return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY;
}

}  // namespace

PgSession::PgSession(PGconn* connection, const PgTarget& target, std::int64_t answer_timeout_ms)
    : target_(target), answer_timeout_ms_(answer_timeout_ms), connection_(connection) {}

base::Result<std::unique_ptr<PgSession>> PgSession::connect(const PgTarget& target, Role role,
                                                            const PostgresOptions& options) {
  const auto keywords = target.keywords();
  const auto values = target.values();
  PGconn* const raw = PQconnectdbParams(keywords.data(), values.data(), 0);
  if (raw == nullptr) return Error(ErrorCode::insufficient_memory, "no memory for a connection");
  std::unique_ptr<PgSession> session(
      new PgSession(raw, target, options.statement_timeout_ms + options.answer_margin_ms));
  if (PQstatus(raw) != CONNECTION_OK) return pg_unreachable(session->problem());
  PQsetNoticeReceiver(raw, &PgSession::on_notice, session.get());
  TRY_OK(session->set_up(role, options));
  if (PQsetnonblocking(raw, 1) != 0 || PQenterPipelineMode(raw) != 1) {
    return pg_unreachable(session->problem());
  }
  return session;
}

base::Status PgSession::set_up(Role role, const PostgresOptions& options) {
  PGconn* const connection = connection_.get();
  if (PQserverVersion(connection) < kOldestServer) {
    return Error(ErrorCode::config_invalid,
                 fmt::format("The server is PostgreSQL {}; 12 or newer is needed.",
                             PQserverVersion(connection) / 10'000));
  }
  const std::string sql = fmt::format(
      "SET statement_timeout = {}; SET lock_timeout = {}; "
      "SET idle_in_transaction_session_timeout = {}; SET default_transaction_read_only = {}; "
      "SELECT current_setting('synchronous_commit'), current_setting('server_encoding')",
      options.statement_timeout_ms, options.lock_timeout_ms, options.idle_in_transaction_timeout_ms,
      role == Role::reader ? "on" : "off");
  const PgResult result(PQexec(connection, sql.c_str()));
  if (is_failure(result.get())) return pg_failure(result.get()).error;
  const std::string_view commit = PQgetvalue(result.get(), 0, 0);
  if (commit == "off" && !options.allow_asynchronous_commit) {
    return Error(ErrorCode::config_invalid,
                 "The server answers commits before they are on disk (synchronous_commit=off), so "
                 "that acknowledged writes could be lost. Set it to on for this role or database: "
                 "ALTER ROLE … SET synchronous_commit = on.");
  }
  if (std::string_view(PQgetvalue(result.get(), 0, 1)) != "UTF8") {
    return Error(ErrorCode::config_invalid,
                 "The database's encoding is not UTF8: create it with ENCODING 'UTF8'.");
  }
  if (role == Role::writer) {
    const PgResult set(PQexec(connection, kPlanByKeys));
    if (is_failure(set.get())) return pg_failure(set.get()).error;
  }
  if (role == Role::writer && PQsslInUse(connection) == 0 && !is_local(connection)) {
    base::log(base::LogLevel::warn, "storage.postgres_without_tls",
              {{"host", std::string_view(PQhost(connection))},
               {"next", std::string_view("add sslmode=verify-full to the database URI")}});
  }
  return {};
}

void PgSession::on_notice(void* self, const PGresult* notice) {
  const char* const severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity == nullptr || std::string_view(severity) != "WARNING") return;
  static_cast<PgSession*>(self)->warned_ = true;
  const char* const state = PQresultErrorField(notice, PG_DIAG_SQLSTATE);
  const char* const text = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
  base::log(base::LogLevel::warn, "storage.postgres_warning",
            {{"sqlstate", std::string_view(state != nullptr ? state : "")},
             {"detail", std::string_view(text != nullptr ? text : "")}});
}

std::string PgSession::problem() const {
  return one_line(target_.without_secrets(PQerrorMessage(connection_.get())));
}

base::Result<PgSession::Prepared*> PgSession::prepare(const Statement& statement) {
  auto& slot = statements_[&statement];
  // The text is compared too: an address may have been used for another statement before.
  if (slot == nullptr || slot->sql != statement.sql) {
    TRY(const std::size_t count, count_parameters(statement.sql));
    if (slot != nullptr) replaced_.push_back(std::move(slot));  // answers may still point to it
    slot = std::make_unique<Prepared>();
    slot->sql = statement.sql;
    slot->parameters = count;
  }
  return slot.get();
}

base::Status PgSession::send(const Statement& statement, std::span<const Value> values,
                             PgReply* reply) {
  TRY(Prepared* const prepared, prepare(statement));
  if (values.size() != prepared->parameters) {
    return Error(ErrorCode::internal, fmt::format("{} values for {} parameters: {}", values.size(),
                                                  prepared->parameters, statement.sql));
  }
  if (lost_) return failure_ ? failure_->error : pg_unreachable("the connection is gone");
  bool sent = true;
  if (prepared->state == Prepared::State::absent) {
    prepared->name = fmt::format("b3_{}", ++last_name_);
    sent = PQsendPrepare(connection_.get(), prepared->name.c_str(), prepared->sql.c_str(), 0,
                         nullptr) == 1;
    prepared->state = Prepared::State::sent;
    if (sent) in_flight_.push_back({Sent::Kind::prepare, prepared, nullptr, nullptr});
  }
  parameters_.assign(values);
  sent = sent && PQsendQueryPrepared(connection_.get(), prepared->name.c_str(), parameters_.count(),
                                     parameters_.pointers(), parameters_.lengths(),
                                     parameters_.formats(), kBinaryResults) == 1;
  if (!sent) {
    lose(problem());
    return failure_->error;
  }
  in_flight_.push_back({Sent::Kind::call, prepared, reply, nullptr});
  flush_due_ = true;
  return {};
}

// Asks the server to send what it has, without ending the pipeline's run.
void PgSession::flush_request() {
  if (!flush_due_ || lost_) return;
  flush_due_ = false;
  if (PQsendFlushRequest(connection_.get()) != 1) lose(problem());
}

void PgSession::pump() {
  flush_request();
  while (!in_flight_.empty()) {
    if (take_available() || in_flight_.empty()) return;
    if (!lost_ && !wait_for_input()) lose(problem());
  }
}

void PgSession::settle() {
  if (lost_) return;
  flush_due_ = false;
  if (PQpipelineSync(connection_.get()) != 1) {
    lose(problem());
    return;
  }
  in_flight_.push_back({Sent::Kind::sync, nullptr, nullptr, nullptr});
  while (!in_flight_.empty()) {
    take_available();
    if (!in_flight_.empty() && !lost_ && !wait_for_input()) lose(problem());
  }
  replaced_.clear();
}

// Sends what libpq still holds and waits for bytes. False: the connection is gone.
bool PgSession::wait_for_input() {
  const std::int64_t deadline_ns =
      base::system_clock().steady_ns() + answer_timeout_ms_ * 1'000'000;
  PGconn* const connection = connection_.get();
  for (;;) {
    const int unsent = PQflush(connection);
    if (unsent < 0) return false;
    const std::int64_t left_ms = (deadline_ns - base::system_clock().steady_ns()) / 1'000'000;
    if (left_ms <= 0) {
      lose("no answer in time");
      return true;
    }
    pollfd socket{PQsocket(connection), static_cast<short>(POLLIN | (unsent > 0 ? POLLOUT : 0)), 0};
    const int ready = ::poll(&socket, 1, static_cast<int>(left_ms));
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0) continue;
    if ((socket.revents & ~POLLOUT) == 0) continue;
    return PQconsumeInput(connection) == 1;
  }
}

// Handles the answers that are here. True when a waiter was resumed.
bool PgSession::take_available() {
  bool resumed = false;
  int spurious = 0;
  while (!in_flight_.empty() && !lost_ && PQisBusy(connection_.get()) == 0) {
    PgResult result(PQgetResult(connection_.get()));
    Sent& front = in_flight_.front();
    if (result != nullptr && PQresultStatus(result.get()) != PGRES_PIPELINE_SYNC) {
      if (PQstatus(connection_.get()) == CONNECTION_BAD) {
        lose(problem());
        return true;
      }
      if (front.result == nullptr) front.result = std::move(result);
      continue;
    }
    if (result == nullptr && front.result == nullptr) {
      if (PQstatus(connection_.get()) == CONNECTION_BAD || ++spurious > kMaxSpurious) {
        lose(problem());
        return true;
      }
      continue;  // the end of the previous command's results
    }
    Sent sent = std::move(front);
    in_flight_.pop_front();
    spurious = 0;
    resumed = answer(std::move(sent)) || resumed;
  }
  if (lost_ && !in_flight_.empty()) {
    lose("the server ended the connection");
    return true;
  }
  return resumed;
}

bool PgSession::answer(Sent sent) {
  if (sent.kind == Sent::Kind::sync) return false;
  const bool aborted = PQresultStatus(sent.result.get()) == PGRES_PIPELINE_ABORTED;
  const bool failed = is_failure(sent.result.get());
  if (failed && !aborted) fail(pg_failure(sent.result.get()));
  if (sent.kind == Sent::Kind::prepare) {
    sent.prepared->state = failed ? Prepared::State::absent : Prepared::State::ready;
    return false;
  }
  PgReply* const reply = sent.reply;
  if (reply == nullptr) return false;
  if (failed && !reply->error) {
    reply->error = failure_ ? failure_->error : pg_failure(sent.result.get()).error;
  }
  reply->results.push_back(std::move(sent.result));
  if (!reply->done() || !reply->waiter) return false;
  reply->waiter.resume();
  return true;
}

void PgSession::fail(PgFailure failure) {
  if (failure.kind == PgFailure::Kind::lost) lost_ = true;
  if (!failure_) failure_ = std::move(failure);
}

// Everything that waits learns that nothing will come.
void PgSession::lose(std::string_view why) {
  lost_ = true;
  const Error error = pg_unreachable(why);
  if (!failure_ || failure_->kind != PgFailure::Kind::lost) {
    failure_ = PgFailure{PgFailure::Kind::lost, error};
  }
  // A resumed coroutine may take its reply with it: nothing points to it then.
  std::vector<PgReply*> replies;
  for (const Sent& sent : std::exchange(in_flight_, {})) {
    if (sent.reply == nullptr || sent.reply->settled) continue;
    if (!sent.reply->error) sent.reply->error = error;
    sent.reply->settled = true;
    replies.push_back(sent.reply);
  }
  for (const PgReply* reply : replies) {
    if (reply->waiter) reply->waiter.resume();
  }
}

base::Status PgSession::script(std::string_view sql) {
  settle();
  if (failure_) return failure_->error;
  PGconn* const connection = connection_.get();
  if (PQexitPipelineMode(connection) != 1 || PQsetnonblocking(connection, 0) != 0) {
    lose(problem());
    return failure_->error;
  }
  const PgResult result(PQexec(connection, std::string(sql).c_str()));
  if (PQstatus(connection) == CONNECTION_BAD) {
    lose(problem());
  } else if (is_failure(result.get())) {
    fail(pg_failure(result.get()));
  }
  if (!lost_ && (PQsetnonblocking(connection, 1) != 0 || PQenterPipelineMode(connection) != 1)) {
    lose(problem());
  }
  if (failure_) return failure_->error;
  return {};
}

}  // namespace b3iq::storage
