#include "control/receipts/receipt_log_opening.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

#include "base/log.h"
#include "control/receipts/kept_checkpoint.h"
#include "control/receipts/receipt_log_store.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using protocol::ReceiptLogKey;

namespace {

constexpr int kMaxEndedLogs = 1'000;
constexpr std::string_view kBeginAnew =
    "`b3iq-control-plane receipt-log renew` ends the old log and begins a new one";

Result<LogEdge> read_edge(storage::Database& database) {
  LogEdge edge;
  TRY_OK(database.read_blocking(
      [&edge](storage::Transaction& tx) { return select_log_edge(tx, edge); }));
  return edge;
}

// The file's key; nullopt when there is no file.
Result<std::optional<ReceiptLogKey>> load_key(const std::string& path) {
  auto key = ReceiptLogKey::load(path);
  if (key.ok()) return std::optional<ReceiptLogKey>(std::move(key).value());
  if (key.error().code == ErrorCode::not_found) return std::optional<ReceiptLogKey>();
  return std::move(key).error();
}

// Of replicas that start at once, one begins the log; the others see its key.
Status begin(storage::Database& database, const ReceiptLogKey& key) {
  return database.write_blocking([&key](storage::Transaction& tx) -> Task<Status> {
    bool done = false;
    co_return co_await begin_log(tx, key.public_key(), done);
  });
}

// The newest checkpoint that this machine gave out for this log must be one of the tree that is
// there now.
Status check_not_older(const ControlHome& home, storage::Database& database,
                       const protocol::NoteVerifier& log, const LogEdge& edge) {
  const auto kept = read_kept_checkpoint(home.receipt_log_checkpoint(), log);
  if (!kept) return {};
  const auto size = kept->head.size;
  bool same = false;
  if (size <= edge.frontier.size()) {
    protocol::TreeHash root{};
    TRY_OK(database.read_blocking(
        [&](storage::Transaction& tx) { return select_range_hash(tx, {0, size}, root); }));
    same = root == kept->head.root;
  }
  if (same) return {};
  return Error(
      ErrorCode::conflict,
      fmt::format("The database has a receipt log of {} entries that does not go on from the "
                  "checkpoint at {} that this machine has given out ({}): the database was put "
                  "back to an older state. Bring the newer database back, or: {}.",
                  edge.frontier.size(), size, home.receipt_log_checkpoint(), kBeginAnew));
}

}  // namespace

Result<ReceiptLogKey> open_receipt_log(const ControlHome& home, storage::Database& database,
                                       const protocol::ControlPlaneId& id, base::Random& random) {
  const std::string path = home.receipt_log_key();
  TRY(auto edge, read_edge(database));
  TRY(auto key, load_key(path));
  if (!key && edge.begun) {
    return Error(
        ErrorCode::file_failed,
        fmt::format("{} is missing, and the database has a receipt log already. A further replica: "
                    "copy the file from the first. If it is lost: {}.",
                    path, kBeginAnew));
  }
  if (!key) {
    TRY(key, ReceiptLogKey::create(path, random));
  }
  if (!edge.begun) {
    TRY_OK(begin(database, *key));
    TRY(edge, read_edge(database));
  }
  if (!edge.begun) {
    return Error(
        ErrorCode::conflict,
        fmt::format("The receipt log that {} signed for was ended, and does not go on. Move "
                    "the file away; where another replica has begun the new log, copy its "
                    "file.",
                    path));
  }
  if (edge.log_key != key->public_key()) {
    return Error(
        ErrorCode::conflict,
        fmt::format("The receipt log in the database is signed by another key than the one "
                    "in {}: copy the file from the replica that serves. If that key is "
                    "lost: {}.",
                    path, kBeginAnew));
  }
  TRY_OK(
      check_not_older(home, database, protocol::receipt_log_verifier(id, key->public_key()), edge));
  return *std::move(key);
}

Result<bool> end_receipt_log(const ControlHome& home, storage::Database& database) {
  TRY(const auto edge, read_edge(database));
  const std::string path = home.receipt_log_key();
  const bool has_key = ::access(path.c_str(), F_OK) == 0;
  if (has_key) {
    std::string aside;
    for (int i = 1; aside.empty() && i <= kMaxEndedLogs; ++i) {
      const auto name = fmt::format("{}.ended-{}", path, i);
      if (::access(name.c_str(), F_OK) != 0) aside = name;
    }
    if (aside.empty() || std::rename(path.c_str(), aside.c_str()) != 0) {
      return Error(ErrorCode::file_failed,
                   fmt::format("{} could not be laid aside: {}.", path, std::strerror(errno)));
    }
  }
  if (edge.begun) {
    TRY_OK(database.write_blocking([](storage::Transaction& tx) { return end_log(tx); }));
  }
  return edge.begun || has_key;
}

}  // namespace b3iq::control
