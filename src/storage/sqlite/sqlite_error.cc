#include "storage/sqlite/sqlite_error.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cstring>

namespace b3iq::storage {
namespace {

using base::Error;
using base::ErrorCode;

std::string describe(sqlite3* db, int code, std::string_view doing) {
  const char* text = sqlite3_errstr(code);
  if (db != nullptr && (sqlite3_errcode(db) & 0xFF) == (code & 0xFF)) text = sqlite3_errmsg(db);
  std::string out = fmt::format("database {}: {} (SQLite {})", doing, text, code);
  const int system = db != nullptr ? sqlite3_system_errno(db) : 0;
  if (system != 0) out += fmt::format(", {}", std::strerror(system));
  return out;
}

}  // namespace

Error sqlite_error(sqlite3* db, int code, std::string_view doing) {
  std::string text = describe(db, code, doing);
  switch (code & 0xFF) {
    case SQLITE_CONSTRAINT:
      return {ErrorCode::conflict, std::move(text)};
    case SQLITE_FULL:
      return {ErrorCode::storage_failed,
              text + ". The disk is full: free some space; writing goes on by itself.",
              {},
              kStorageRetryAfterMs};
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {ErrorCode::storage_failed,
              text + ". Check the disk and the permissions of the data folder.",
              {},
              kStorageRetryAfterMs};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return {ErrorCode::storage_failed,
              text + ". Another program holds the database: close it.",
              {},
              kStorageRetryAfterMs};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::corrupt,
              text + ". The database file is damaged: restore it from a backup."};
    case SQLITE_TOOBIG:
      return {ErrorCode::payload_too_large, std::move(text)};
    default:
      return {ErrorCode::internal, std::move(text)};
  }
}

}  // namespace b3iq::storage
