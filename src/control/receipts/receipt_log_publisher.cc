#include "control/receipts/receipt_log_publisher.h"

#include "base/log.h"
#include "control/receipts/kept_checkpoint.h"
#include "protocol/transparency/log_proof.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using protocol::TreeHash;
using protocol::TreeHead;

namespace {

Error no_receipt() {
  return Error(ErrorCode::not_found,
               "No receipt with this hash was brought to this control plane, or none that it "
               "accepted.",
               "receipt_hash");
}

Error no_tile() {
  return Error(ErrorCode::not_found,
               "The log has no such tile: ask for those that the size of its checkpoint has.");
}

Error does_not_go_on() {
  return Error(ErrorCode::corrupt,
               "The receipt log in the database does not go on from the last checkpoint that was "
               "given out, so no other is signed: the database was put back to an older state, or "
               "changed. Restart the control plane: it says how to go on.");
}

}  // namespace

// What one look at the database found.
struct ReceiptLogPublisher::Seen {
  Published newest;  // when the look began
  LogEdge edge;
  TreeHead head;
  bool goes_on = false;
};

ReceiptLogPublisher::ReceiptLogPublisher(storage::Database& database,
                                         const protocol::ControlPlaneId& id,
                                         const protocol::ReceiptLogKey& key, std::string keep_path)
    : database_(database),
      key_(key),
      verifier_(protocol::receipt_log_verifier(id, key.public_key())),
      keep_path_(std::move(keep_path)) {}

Task<Result<ReceiptLogPublisher::Published>> ReceiptLogPublisher::checkpoint() {
  Seen seen;
  seen.newest = newest_;
  auto body = [&](storage::Transaction& tx) { return look(tx, seen); };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  // Another caller was faster: what it signed goes on from what was seen here, or is older.
  if (newest_ != seen.newest && newest_->head.size >= seen.head.size) co_return newest_;
  if (newest_ != seen.newest) co_return co_await checkpoint();
  co_return sign(seen);
}

Task<Status> ReceiptLogPublisher::look(storage::Transaction& tx, Seen& seen) const {
  CO_TRY_OK(co_await select_log_edge(tx, seen.edge));
  seen.head = seen.edge.frontier.head();
  seen.goes_on = false;
  const TreeHead before = seen.newest ? seen.newest->head : protocol::empty_tree_head();
  if (seen.head.size < before.size) co_return Status();
  seen.goes_on = seen.newest && seen.head == before;
  if (seen.goes_on) co_return Status();
  TreeHash root{};
  CO_TRY_OK(co_await select_range_hash(tx, {0, seen.head.size}, root));
  if (root != seen.head.root) co_return Status();
  CO_TRY_OK(co_await select_range_hash(tx, {0, before.size}, root));
  seen.goes_on = root == before.root;
  co_return Status();
}

Result<ReceiptLogPublisher::Published> ReceiptLogPublisher::sign(const Seen& seen) {
  if (!seen.edge.begun || seen.edge.log_key != key_.public_key()) {
    return Error(ErrorCode::conflict,
                 "The receipt log was begun anew under another key while this process ran; restart "
                 "it with the new key.");
  }
  if (!seen.goes_on) {
    base::log(base::LogLevel::error, "receipt_log.does_not_go_on",
              {{"entries", static_cast<std::int64_t>(seen.head.size)}});
    return does_not_go_on();
  }
  if (newest_ && newest_->head == seen.head) return newest_;
  auto made = std::make_shared<SignedCheckpoint>();
  made->head = seen.head;
  made->note = protocol::sign_checkpoint({verifier_.name, seen.head}, key_.key());
  // Before anybody has it. That the file cannot be written is no reason to give none.
  const auto kept = keep_checkpoint(keep_path_, made->note);
  if (!kept.ok() && !keeping_fails_) {
    base::log(base::LogLevel::warn, "receipt_log.checkpoint_not_kept",
              {{"detail", std::string_view(kept.error().detail)}});
  }
  keeping_fails_ = !kept.ok();
  newest_ = std::move(made);
  return newest_;
}

Task<Result<AcceptedReceipt>> ReceiptLogPublisher::receipt(crypto::Sha256Digest hash) {
  AcceptedReceipt receipt;
  bool found = false;
  auto body = [&](storage::Transaction& tx) {
    return select_receipt_by_hash(tx, hash, receipt, found);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  if (!found) co_return no_receipt();
  co_return receipt;
}

Task<Result<std::string>> ReceiptLogPublisher::proof(crypto::Sha256Digest hash) {
  CO_TRY(const auto kept, co_await receipt(hash));
  protocol::LogProof proof;
  proof.index = static_cast<std::uint64_t>(kept.log_index);
  CO_TRY(const auto published, co_await checkpoint());
  if (published->head.size <= proof.index) co_return does_not_go_on();
  const auto ranges = protocol::inclusion_ranges(proof.index, published->head.size);
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    proof.hashes.clear();
    for (const auto& range : ranges)
      CO_TRY_OK(co_await select_range_hash(tx, range, proof.hashes.emplace_back()));
    co_return Status();
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  proof.checkpoint = published->note;
  co_return protocol::encode_log_proof(proof);
}

Task<Result<std::string>> ReceiptLogPublisher::tile(protocol::TilePath path) {
  const protocol::Tile& tile = path.tile;
  const auto first = tile.index * protocol::kTileWidth;
  std::vector<crypto::Sha256Digest> rows;
  auto body = [&](storage::Transaction& tx) {
    return select_tile_rows(tx, tile.level, first, tile.width, rows);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  if (std::ssize(rows) != tile.width) co_return no_tile();
  std::string bytes;
  for (const auto& row : rows) {
    if (path.kind == protocol::TileKind::entries) {
      protocol::append_bundle_entry(bytes, protocol::receipt_log_entry(row));
    } else {
      const auto hash = tile.level == 0 ? protocol::receipt_leaf_hash(row) : row;
      bytes.append(base::as_text(hash));
    }
  }
  co_return bytes;
}

}  // namespace b3iq::control
