// The SQL of the receipt log's tree: its edge (receipt_log) and the hashes of its tiles. Each
// function runs inside the caller's transaction.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/task.h"
#include "crypto/ed25519.h"
#include "crypto/sha256.h"
#include "protocol/transparency/log_tiles.h"
#include "protocol/transparency/merkle_tree.h"
#include "storage/database.h"

namespace b3iq::control {

struct LogEdge {
  bool begun = false;
  crypto::Ed25519PublicKey log_key;  // of the log; unless begun, of the one that was ended
  protocol::TreeFrontier frontier;
};
// Error: corrupt, when the row is gone or is none.
base::Task<base::Status> select_log_edge(storage::Transaction& tx, LogEdge& out);
// The same, and locks it until the commit: whoever appends comes one after another.
base::Task<base::Status> lock_log_edge(storage::Transaction& tx, LogEdge& out);
// False in `moved` when the tree is not of `old_size` any more.
base::Task<base::Status> move_log_edge(storage::Transaction& tx, std::uint64_t old_size,
                                       const protocol::TreeFrontier& frontier, bool& moved);

// Who signs for the log from now on. False in `done` when it has begun already, or was ended with
// this very key: an ended log does not go on.
base::Task<base::Status> begin_log(storage::Transaction& tx,
                                   const crypto::Ed25519PublicKey& log_key, bool& done);
// The log has no key any more: the next process that starts begins it with a new one.
base::Task<base::Status> end_log(storage::Transaction& tx);

struct LogNode {
  int tile_level = 1;
  std::uint64_t position = 0;
  protocol::TreeHash hash{};
};
base::Task<base::Status> insert_log_nodes(storage::Transaction& tx, std::span<const LogNode> nodes);

// Of one level, `count` from `first` on; fewer where the tree ends. Of level 0 the receipts' own
// hashes, from which leaves follow.
base::Task<base::Status> select_tile_rows(storage::Transaction& tx, int level, std::uint64_t first,
                                          int count, std::vector<crypto::Sha256Digest>& out);
// The hash of any range of the tree that proofs name, and of the whole tree. Error: corrupt, when a
// hash is missing.
base::Task<base::Status> select_range_hash(storage::Transaction& tx, protocol::LeafRange range,
                                           protocol::TreeHash& out);

}  // namespace b3iq::control
