// What the receipt log gives out: checkpoints, tiles, entry bundles and proofs, of what is durable
// alone. Any replica gives them, from the database. Before a checkpoint is signed, its root is
// computed anew from the tiles, and it must go on from the last one that this process signed. Loop
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/task.h"
#include "control/receipts/accepted_receipt_store.h"
#include "control/receipts/receipt_log_store.h"
#include "protocol/transparency/log_checkpoint.h"
#include "protocol/transparency/log_tiles.h"
#include "protocol/transparency/receipt_log_entry.h"
#include "storage/database.h"

namespace b3iq::control {

struct SignedCheckpoint {
  protocol::TreeHead head;
  std::string note;
};

class ReceiptLogPublisher {
 public:
  // `keep_path`: kept_checkpoint.h. All outlive this.
  ReceiptLogPublisher(storage::Database& database, const protocol::ControlPlaneId& id,
                      const protocol::ReceiptLogKey& key, std::string keep_path);

  const protocol::NoteVerifier& verifier() const { return verifier_; }
  using Published = std::shared_ptr<const SignedCheckpoint>;
  // Of what is durable when it is asked for: whoever asks one replica after another never sees the
  // log go back. Errors: corrupt, when the database's tree
  // does not go on from what was signed; conflict, when the log has another key now;
  // storage_failed.
  base::Task<base::Result<Published>> checkpoint();
  // not_found.
  base::Task<base::Result<AcceptedReceipt>> receipt(crypto::Sha256Digest hash);
  // A tlog-proof (log_proof.h). Errors: not_found; as checkpoint().
  base::Task<base::Result<std::string>> proof(crypto::Sha256Digest hash);
  // The bytes of a tile or an entry bundle. Error: not_found, while the log does not reach so far.
  base::Task<base::Result<std::string>> tile(protocol::TilePath path);

 private:
  struct Seen;
  base::Task<base::Status> look(storage::Transaction& tx, Seen& seen) const;
  base::Result<Published> sign(const Seen& seen);

  storage::Database& database_;
  const protocol::ReceiptLogKey& key_;
  const protocol::NoteVerifier verifier_;
  const std::string keep_path_;
  Published newest_;  // null until the first
  bool keeping_fails_ = false;
};

}  // namespace b3iq::control
