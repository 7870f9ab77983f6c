#include "book_rows.h"

#include <algorithm>

#include "base/bytes.h"

namespace b3iq::control::sim {
namespace {

struct Book {
  std::string_view table;
  std::string_view columns;
};
constexpr std::array<Book, kBookTables> kBooks = {{
    {"private_jobs",
     "job_id, customer_id, client_job_id, node_id, command_id, status, policy_version, "
     "receipt_hash, quoted_wei, changed_at_ms, completed_at_ms, purged_at_ms"},
    {"commands",
     "command_id, node_id, kind, state, lease_token, failure, result_hash, length(arguments) + "
     "length(result), attempts, lease_expires_at_ms, expires_at_ms, stop_asked_at_ms, "
     "finished_at_ms"},
    {"ledger_accounts", "account_id, balance_wei, reserved_wei, entries"},
    {"ledger_entries",
     "account_id, kind, private_job_id, seq, amount_wei, balance_after_wei, reserved_after_wei"},
    {"ledger_holds", "job_id, account_id, billing_status, receipt_hash, reserved_wei, debited_wei"},
    {"payouts",
     "job_id, kind, node_id, status, receipt_hash, charged_wei, amount_wei, fee_wei, rounding_wei"},
    {"receipts", "receipt_hash, node_id, job_id, status, document, log_index"},
    {"private_streams", "job_id, next_frame, kept_size"},
    {"private_frames", "job_id, first_frame, frames"},
}};

std::string text(sqlite3_stmt* row, int column) {
  const auto* const at = reinterpret_cast<const char*>(sqlite3_column_text(row, column));
  return at == nullptr
             ? std::string()
             : std::string(at, static_cast<std::size_t>(sqlite3_column_bytes(row, column)));
}

Wei wei(sqlite3_stmt* row, int column) {
  const auto* const bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(row, column));
  if (bytes == nullptr || sqlite3_column_bytes(row, column) != 32) return kNoWei;
  Wei out = 0;
  for (int i = 0; i < 32; ++i) {
    if (i < 17 && bytes[i] != 0) return kNoWei;
    out = out * 256 + bytes[i];
  }
  return out;
}

std::string hash_text(sqlite3_stmt* row, int column) {
  const auto* const bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(row, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(row, column));
  return "0x" + base::to_hex({bytes, size});
}

}  // namespace

std::optional<BookTable> book_table_of(std::string_view name) {
  const auto at = std::ranges::find(kBooks, name, &Book::table);
  if (at == kBooks.end()) return std::nullopt;
  return static_cast<BookTable>(at - kBooks.begin());
}

void BookReader::open(sqlite3* connection) {
  for (std::size_t i = 0; i < kBookTables; ++i) {
    const auto from = " FROM " + std::string(kBooks[i].table);
    const auto one = "SELECT " + std::string(kBooks[i].columns) + from + " WHERE rowid = ?1";
    const auto all = "SELECT COUNT(*)" + from;
    sqlite3_prepare_v2(connection, one.c_str(), -1, &by_rowid_[i], nullptr);
    sqlite3_prepare_v2(connection, all.c_str(), -1, &counts_[i], nullptr);
  }
  // SQLite reads the document itself.
  sqlite3_prepare_v2(connection,
                     "SELECT document ->> '$.classes[0].prompt_wei_per_1k_tokens', "
                     "document ->> '$.classes[0].completion_wei_per_1k_tokens', "
                     "document ->> '$.classes[0].minimum_wei', document ->> '$.fee_basis_points' "
                     "FROM price_policies WHERE 'prices-' || number = ?1",
                     -1, &prices_, nullptr);
  sqlite3_prepare_v2(connection, "SELECT standing FROM node_leases WHERE node_id = ?1", -1,
                     &standing_, nullptr);
}

void BookReader::close() {
  for (auto* const all : {&by_rowid_, &counts_}) {
    for (auto*& statement : *all) {
      sqlite3_finalize(statement);
      statement = nullptr;
    }
  }
  for (auto** const statement : {&prices_, &standing_}) {
    sqlite3_finalize(*statement);
    *statement = nullptr;
  }
}

std::string BookReader::standing_of(const std::string& node_id) {
  sqlite3_bind_text(standing_, 1, node_id.c_str(), -1, SQLITE_TRANSIENT);
  std::string out;
  if (sqlite3_step(standing_) == SQLITE_ROW) out = text(standing_, 0);
  sqlite3_reset(standing_);
  return out;
}

bool BookReader::read_prices(const std::string& version, PricesRow& out) {
  if (version == "prices-0") {  // built in
    out = {10, 30, 1, 500};
    return true;
  }
  sqlite3_bind_text(prices_, 1, version.c_str(), -1, SQLITE_TRANSIENT);
  const bool found = sqlite3_step(prices_) == SQLITE_ROW;
  const auto number = [this](int column) { return sqlite3_column_int64(prices_, column); };
  if (found) out = {number(0), number(1), number(2), number(3)};
  sqlite3_reset(prices_);
  return found;
}

template <class Take>
bool BookReader::read_one(BookTable table, std::int64_t rowid, Take take) {
  auto* const statement = by_rowid_[static_cast<std::size_t>(table)];
  sqlite3_bind_int64(statement, 1, rowid);
  const bool found = sqlite3_step(statement) == SQLITE_ROW;
  if (found) take(statement);
  sqlite3_reset(statement);
  return found;
}

std::int64_t BookReader::count(BookTable table) {
  auto* const statement = counts_[static_cast<std::size_t>(table)];
  const auto out = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
  sqlite3_reset(statement);
  return out;
}

bool BookReader::read(std::int64_t rowid, JobRow& out) {
  return read_one(BookTable::jobs, rowid, [&out](sqlite3_stmt* row) {
    out = {text(row, 0),
           text(row, 1),
           text(row, 2),
           text(row, 3),
           text(row, 4),
           text(row, 5),
           text(row, 6),
           text(row, 7),
           wei(row, 8),
           sqlite3_column_int64(row, 9),
           sqlite3_column_int64(row, 10),
           sqlite3_column_int64(row, 11)};
  });
}
bool BookReader::read(std::int64_t rowid, CommandRow& out) {
  return read_one(BookTable::commands, rowid, [&out](sqlite3_stmt* row) {
    const auto number = [row](int column) { return sqlite3_column_int64(row, column); };
    out = {text(row, 0), text(row, 1),      text(row, 2), text(row, 3), text(row, 4),
           text(row, 5), hash_text(row, 6), number(7),    number(8),    number(9),
           number(10),   number(11),        number(12)};
  });
}
bool BookReader::read(std::int64_t rowid, AccountRow& out) {
  return read_one(BookTable::accounts, rowid, [&out](sqlite3_stmt* row) {
    out = {text(row, 0), wei(row, 1), wei(row, 2), sqlite3_column_int64(row, 3)};
  });
}
bool BookReader::read(std::int64_t rowid, EntryRow& out) {
  return read_one(BookTable::entries, rowid, [&out](sqlite3_stmt* row) {
    out = {text(row, 0), text(row, 1), text(row, 2), sqlite3_column_int64(row, 3),
           wei(row, 4),  wei(row, 5),  wei(row, 6)};
  });
}
bool BookReader::read(std::int64_t rowid, HoldRow& out) {
  return read_one(BookTable::holds, rowid, [&out](sqlite3_stmt* row) {
    out = {text(row, 0), text(row, 1), text(row, 2), text(row, 3), wei(row, 4), wei(row, 5)};
  });
}
bool BookReader::read(std::int64_t rowid, PayoutRow& out) {
  return read_one(BookTable::payouts, rowid, [&out](sqlite3_stmt* row) {
    out = {text(row, 0), text(row, 1), text(row, 2), text(row, 3), text(row, 4),
           wei(row, 5),  wei(row, 6),  wei(row, 7),  wei(row, 8)};
  });
}
bool BookReader::read(std::int64_t rowid, ReceiptRow& out) {
  return read_one(BookTable::receipts, rowid, [&out](sqlite3_stmt* row) {
    out = {hash_text(row, 0), text(row, 1), text(row, 2),
           text(row, 3),      text(row, 4), sqlite3_column_int64(row, 5)};
  });
}
bool BookReader::read(std::int64_t rowid, StreamRow& out) {
  return read_one(BookTable::streams, rowid, [&out](sqlite3_stmt* row) {
    out = {text(row, 0), sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2)};
  });
}
bool BookReader::read(std::int64_t rowid, FramesRow& out) {
  return read_one(BookTable::frames, rowid, [&out](sqlite3_stmt* row) {
    out = {text(row, 0), sqlite3_column_int64(row, 1), text(row, 2)};
  });
}

}  // namespace b3iq::control::sim
