// The public keys of enrolled nodes. A node id is the hash of its key, which is checked before an
// entry is made, so an entry is right for ever; whether the node is still admitted is not known
// here but decided in the transaction of each request (nodes/lease_store.h). Loop thread.
#pragma once

#include <string>
#include <string_view>

#include "base/task.h"
#include "control/auth/recent_map.h"
#include "crypto/ed25519.h"
#include "protocol/ids.h"
#include "storage/database.h"

namespace b3iq::control {

// About 170 bytes each.
inline constexpr std::size_t kMaxCachedNodeKeys = 200'000;
inline constexpr std::int64_t kNodeKeysPerPage = 500;

class NodeKeys {
 public:
  explicit NodeKeys(storage::Database& database, std::size_t bound = kMaxCachedNodeKeys)
      : database_(database), bound_(bound), keys_(bound) {}

  // Null when it must be looked up. Valid until the next call.
  const crypto::Ed25519PublicKey* cached(std::string_view node_id) { return keys_.find(node_id); }
  // Errors: not_enrolled for a node that this control plane never knew; those of the database.
  base::Task<base::Result<crypto::Ed25519PublicKey>> look_up(const protocol::NodeId& node_id);
  // Reads what fits, in pages: after a restart the whole fleet comes at once, and must not ask for
  // its keys one by one. Only a hint: a failure is logged.
  base::Task<void> load();

 private:
  storage::Database& database_;
  const std::size_t bound_;
  RecentMap<std::string, crypto::Ed25519PublicKey, TextHash> keys_;
};

}  // namespace b3iq::control
