// Rows as the simulator's books keep them, read from the file by statements of their own: nothing
// here is shared with the code under test but the schema.
#pragma once

#include <sqlite3.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace b3iq::control::sim {

// Wei. The simulator moves less than 2^127 in all; what does not fit reads as kNoWei.
using Wei = __int128;
inline constexpr Wei kNoWei = -1;

enum class BookTable : std::uint8_t {
  jobs,
  commands,
  accounts,
  entries,
  holds,
  payouts,
  receipts,
  streams,
  frames
};
inline constexpr std::size_t kBookTables = 9;
std::optional<BookTable> book_table_of(std::string_view name);

struct JobRow {
  std::string id, customer, client_name, node, command, status, policy, receipt_hash;
  Wei quoted = 0;
  std::int64_t changed_at_ms = 0;
  std::int64_t completed_at_ms = 0;
  std::int64_t purged_at_ms = 0;
  friend bool operator==(const JobRow&, const JobRow&) = default;
};
struct CommandRow {
  std::string id, node, kind, state, token, failure;
  std::string result_hash;          // 0x…; "0x" for none
  std::int64_t envelope_bytes = 0;  // of arguments and result
  std::int64_t attempts = 0;
  std::int64_t lease_expires_at_ms = 0;
  std::int64_t expires_at_ms = 0;
  std::int64_t stop_asked_at_ms = 0;
  std::int64_t finished_at_ms = 0;
  bool has_result() const { return result_hash != "0x"; }
  friend bool operator==(const CommandRow&, const CommandRow&) = default;
};
struct AccountRow {
  std::string id;
  Wei balance = 0;
  Wei reserved = 0;
  std::int64_t entries = 0;
  friend bool operator==(const AccountRow&, const AccountRow&) = default;
};
struct EntryRow {
  std::string account, kind, job;
  std::int64_t seq = 0;
  Wei amount = 0;
  Wei balance_after = 0;
  Wei reserved_after = 0;
  friend bool operator==(const EntryRow&, const EntryRow&) = default;
};
struct HoldRow {
  std::string job, account, status, receipt_hash;
  Wei reserved = 0;
  Wei debited = 0;
  friend bool operator==(const HoldRow&, const HoldRow&) = default;
};
struct PayoutRow {
  std::string job, kind, node, status, receipt_hash;
  Wei charged = 0;
  Wei amount = 0;
  Wei fee = 0;
  Wei rounding = 0;
  friend bool operator==(const PayoutRow&, const PayoutRow&) = default;
};
struct ReceiptRow {
  std::string hash, node, job, status, document;  // hash as 0x…
  std::int64_t index = 0;
  friend bool operator==(const ReceiptRow&, const ReceiptRow&) = default;
};

struct StreamRow {
  std::string job;
  std::int64_t next = 0;
  std::int64_t bytes = 0;
  friend bool operator==(const StreamRow&, const StreamRow&) = default;
};
struct FramesRow {
  std::string job;
  std::int64_t first = 0;
  std::string frames;  // each with a line's end
  friend bool operator==(const FramesRow&, const FramesRow&) = default;
};

// Of one class of models; the simulator's policies have one.
struct PricesRow {
  std::int64_t prompt_per_1k = 0;
  std::int64_t completion_per_1k = 0;
  std::int64_t minimum = 0;
  std::int64_t fee_basis_points = 0;
};

// Reads rows by their rowid, on a connection that is in the middle of its work.
class BookReader {
 public:
  void open(sqlite3* connection);
  void close();
  // False when there is no such row.
  bool read(std::int64_t rowid, JobRow& out);
  bool read(std::int64_t rowid, CommandRow& out);
  bool read(std::int64_t rowid, AccountRow& out);
  bool read(std::int64_t rowid, EntryRow& out);
  bool read(std::int64_t rowid, HoldRow& out);
  bool read(std::int64_t rowid, PayoutRow& out);
  bool read(std::int64_t rowid, ReceiptRow& out);
  bool read(std::int64_t rowid, StreamRow& out);
  bool read(std::int64_t rowid, FramesRow& out);
  std::int64_t count(BookTable table);
  // Of "prices-N". False when there is no such version.
  bool read_prices(const std::string& version, PricesRow& out);
  // "" when there is no such node.
  std::string standing_of(const std::string& node_id);

 private:
  template <class Take>
  bool read_one(BookTable table, std::int64_t rowid, Take take);
  std::array<sqlite3_stmt*, kBookTables> by_rowid_{};
  std::array<sqlite3_stmt*, kBookTables> counts_{};
  sqlite3_stmt* prices_ = nullptr;
  sqlite3_stmt* standing_ = nullptr;
};

}  // namespace b3iq::control::sim
