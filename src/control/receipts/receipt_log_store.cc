#include "control/receipts/receipt_log_store.h"

#include <algorithm>

#include "protocol/transparency/receipt_log_entry.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Status;
using base::Task;
using protocol::TreeHash;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kSelectEdge{
    "SELECT begun, log_key, tree_size, frontier FROM receipt_log WHERE id = 1"};
constexpr Statement kLockEdge{
    "UPDATE receipt_log SET batches = batches + 1 WHERE id = 1 "
    "RETURNING begun, log_key, tree_size, frontier"};
constexpr Statement kMoveEdge{
    "UPDATE receipt_log SET tree_size = $2, frontier = $3 WHERE id = 1 AND tree_size = $1"};
constexpr Statement kBegin{
    "UPDATE receipt_log SET begun = 1, log_key = $1 WHERE id = 1 AND begun = 0 AND log_key <> $1"};
constexpr Statement kEnd{"UPDATE receipt_log SET begun = 0 WHERE id = 1"};
constexpr Statement kInsertNode{
    "INSERT INTO receipt_log_nodes (tile_level, position, hash) VALUES ($1, $2, $3)"};
constexpr Statement kLeaves{
    "SELECT receipt_hash FROM receipts WHERE log_index >= $1 AND log_index < $2 "
    "ORDER BY log_index"};
constexpr Statement kNodes{
    "SELECT hash FROM receipt_log_nodes WHERE tile_level = $3 AND position >= $1 "
    "AND position < $2 ORDER BY position"};

std::int64_t as_column(std::uint64_t number) { return static_cast<std::int64_t>(number); }

Error damaged(std::string_view what) {
  return Error(ErrorCode::corrupt, "The receipt log in the database is damaged: " +
                                       std::string(what) + " Restore the database from a backup.");
}

Task<Status> read_edge(Transaction& tx, const Statement& statement, LogEdge& out) {
  bool found = false;
  Status fault;
  auto take = [&](const storage::Row& row) {
    found = true;
    out.begun = row.integer(0) == 1;
    const auto key = crypto::ed25519_public_key(row.blob(1));
    if (key) out.log_key = *key;
    if (out.begun && !key) fault = damaged("its key is none.");
    auto frontier =
        protocol::TreeFrontier::decode(static_cast<std::uint64_t>(row.integer(2)), row.blob(3));
    if (frontier.ok()) {
      out.frontier = *std::move(frontier);
    } else {
      fault = damaged(frontier.error().detail);
    }
    return true;
  };
  CO_TRY_OK(co_await tx.query(statement, {}, std::move(take)));
  if (!found) co_return damaged("the row of receipt_log is gone.");
  co_return fault;
}

// The hash of a full subtree, out of one tile.
Task<Status> select_subtree(Transaction& tx, const protocol::Subtree& subtree, TreeHash& out) {
  const auto of = protocol::tile_hashes_of(subtree);
  std::vector<TreeHash> hashes;
  CO_TRY_OK(co_await select_tile_rows(tx, of.level, of.first, of.count, hashes));
  if (std::ssize(hashes) != of.count) co_return damaged("hashes of its tree are missing.");
  if (of.level == 0) std::ranges::transform(hashes, hashes.begin(), protocol::receipt_leaf_hash);
  out = protocol::hash_of_tile_hashes(std::move(hashes));
  co_return Status();
}

}  // namespace

Task<Status> select_log_edge(Transaction& tx, LogEdge& out) {
  return read_edge(tx, kSelectEdge, out);
}

Task<Status> lock_log_edge(Transaction& tx, LogEdge& out) { return read_edge(tx, kLockEdge, out); }

Task<Status> move_log_edge(Transaction& tx, std::uint64_t old_size,
                           const protocol::TreeFrontier& frontier, bool& moved) {
  const auto hashes = frontier.encode();
  const Value values[] = {as_column(old_size), as_column(frontier.size()), base::ByteView(hashes)};
  CO_TRY(const auto changed, co_await tx.exec(kMoveEdge, values));
  moved = changed == 1;
  co_return Status();
}

Task<Status> begin_log(Transaction& tx, const crypto::Ed25519PublicKey& log_key, bool& done) {
  const Value values[] = {base::ByteView(log_key.bytes)};
  CO_TRY(const auto changed, co_await tx.exec(kBegin, values));
  done = changed == 1;
  co_return Status();
}

Task<Status> end_log(Transaction& tx) {
  CO_TRY_OK(co_await tx.exec(kEnd, {}));
  co_return Status();
}

Task<Status> insert_log_nodes(Transaction& tx, std::span<const LogNode> nodes) {
  constexpr std::size_t kColumns = 3;
  std::vector<Value> values;
  values.reserve(nodes.size() * kColumns);
  for (const auto& node : nodes) {
    values.insert(values.end(), {std::int64_t{node.tile_level}, as_column(node.position),
                                 base::ByteView(node.hash)});
  }
  CO_TRY_OK(co_await tx.insert_many(kInsertNode, values, kColumns));
  co_return Status();
}

Task<Status> select_tile_rows(Transaction& tx, int level, std::uint64_t first, int count,
                              std::vector<crypto::Sha256Digest>& out) {
  out.clear();
  out.reserve(static_cast<std::size_t>(count));
  auto take = [&out](const storage::Row& row) {
    const auto blob = row.blob(0);
    crypto::Sha256Digest hash{};
    std::copy_n(blob.begin(), std::min(blob.size(), hash.size()), hash.begin());
    out.push_back(hash);
    return true;
  };
  const std::int64_t begin = as_column(first);
  if (level == 0) {
    const Value values[] = {begin, begin + count};
    co_return co_await tx.query(kLeaves, values, std::move(take));
  }
  const Value values[] = {begin, begin + count, std::int64_t{level}};
  co_return co_await tx.query(kNodes, values, std::move(take));
}

Task<Status> select_range_hash(Transaction& tx, protocol::LeafRange range, TreeHash& out) {
  std::vector<TreeHash> hashes;
  for (const auto& subtree : protocol::subtrees_of(range)) {
    TreeHash hash;
    CO_TRY_OK(co_await select_subtree(tx, subtree, hash));
    hashes.push_back(hash);
  }
  out = hashes.empty() ? protocol::empty_tree_root() : protocol::join_subtrees(hashes);
  co_return Status();
}

}  // namespace b3iq::control
