#include "storage/postgres/pg_error.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include "storage/postgres/postgres_database.h"

namespace b3iq::storage {
namespace {

using base::Error;
using base::ErrorCode;
using Kind = PgFailure::Kind;

// By the first match. `state` is a whole SQLSTATE or its class (two characters).
struct Rule {
  std::string_view state;
  Kind kind;
  ErrorCode code;
  std::string_view next;
};
constexpr Rule kRules[] = {
    {"40001", Kind::conflict, ErrorCode::storage_failed, "Try again."},
    {"40P01", Kind::conflict, ErrorCode::storage_failed, "Try again."},
    {"55P03", Kind::conflict, ErrorCode::storage_failed, "Try again."},
    {"40003", Kind::unknown, ErrorCode::storage_failed, ""},
    // A schema changed under a prepared statement; a pooler gave us another server connection.
    {"0A000", Kind::stale, ErrorCode::internal, ""},
    {"26000", Kind::stale, ErrorCode::storage_failed,
     "Is a connection pooler in transaction mode between us and the server? Connect directly."},
    // This server is no primary (any more).
    {"25006", Kind::stale, ErrorCode::internal, "This transaction may only read."},
    {"57P0", Kind::lost, ErrorCode::storage_failed, "The server is going down or coming up."},
    {"08", Kind::lost, ErrorCode::storage_failed, "Check the network and the server."},
    {"25P03", Kind::lost, ErrorCode::storage_failed, "The transaction was idle for too long."},
    {"57014", Kind::statement, ErrorCode::storage_failed,
     "The statement took longer than the statement timeout; is the server overloaded?"},
    {"23", Kind::statement, ErrorCode::conflict, ""},
    {"53100", Kind::statement, ErrorCode::storage_failed, "The server's disk is full."},
    {"53300", Kind::statement, ErrorCode::storage_failed,
     "The server has no free connection: raise max_connections or lower the readers."},
    {"53", Kind::statement, ErrorCode::storage_failed, "The server is short of resources."},
    {"54", Kind::statement, ErrorCode::payload_too_large, ""},
    {"28", Kind::statement, ErrorCode::storage_failed,
     "Check the user and the password of the database URI and the server's pg_hba.conf."},
    {"3D000", Kind::statement, ErrorCode::storage_failed, "Create the database first."},
    {"42501", Kind::statement, ErrorCode::storage_failed,
     "Grant the role its rights (docs/operating/postgresql.md)."},
    {"58", Kind::statement, ErrorCode::storage_failed, "Check the server's disk."},
    {"XX001", Kind::statement, ErrorCode::corrupt, "The server's data are damaged: restore them."},
    {"XX002", Kind::statement, ErrorCode::corrupt, "The server's data are damaged: restore them."},
};

constexpr std::string_view kOutcomeUnknown = "may or may not have been written";

std::string_view field(const pg_result* result, int code) {
  const char* const text = PQresultErrorField(result, code);
  return text != nullptr ? text : "";
}

// The primary message names tables and constraints. Messages of class 22 quote values: left out.
std::string describe(const pg_result* result, std::string_view state) {
  if (state.starts_with("22")) return fmt::format("a value does not fit its column ({})", state);
  std::string out = fmt::format("{} ({})", field(result, PG_DIAG_MESSAGE_PRIMARY), state);
  if (const auto column = field(result, PG_DIAG_COLUMN_NAME); !column.empty()) {
    out += fmt::format(", column {}", column);
  }
  return out;
}

}  // namespace

PgFailure pg_failure(const pg_result* result) {
  const std::string_view state = field(result, PG_DIAG_SQLSTATE);
  if (state.empty()) {
    // Made by libpq itself: the connection broke.
    return {Kind::lost, pg_unreachable("the connection to the server broke")};
  }
  const std::string text = "PostgreSQL: " + describe(result, state);
  for (const Rule& rule : kRules) {
    if (!state.starts_with(rule.state)) continue;
    std::string detail = text;
    if (!rule.next.empty()) detail += fmt::format(". {}", rule.next);
    const std::int64_t retry = rule.code == ErrorCode::storage_failed ? kPgRetryAfterMs : 0;
    return {rule.kind, Error(rule.code, std::move(detail), {}, retry)};
  }
  return {Kind::statement, Error(ErrorCode::internal, text)};
}

bool is_outcome_unknown(const base::Error& error) {
  return error.code == ErrorCode::storage_failed &&
         error.detail.find(kOutcomeUnknown) != std::string::npos;
}

base::Error pg_unreachable(std::string_view text) {
  return {
      ErrorCode::storage_failed,
      fmt::format("The database cannot be reached: {}. Nothing was written; it is tried again by "
                  "itself.",
                  text),
      {},
      kPgRetryAfterMs};
}

base::Error pg_commit_unknown(std::string_view text) {
  return {ErrorCode::storage_failed,
          fmt::format("The database did not answer a commit ({}). It {}; look, or send the same "
                      "write again.",
                      text, kOutcomeUnknown),
          {},
          kPgRetryAfterMs};
}

}  // namespace b3iq::storage
