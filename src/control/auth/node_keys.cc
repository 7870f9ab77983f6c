#include "control/auth/node_keys.h"

#include "control/nodes/node_store.h"

namespace b3iq::control {

using base::Status;
using base::Task;

Task<base::Result<crypto::Ed25519PublicKey>> NodeKeys::look_up(const protocol::NodeId& node_id) {
  crypto::Ed25519PublicKey key;
  bool found = false;
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    co_return co_await select_public_key(tx, node_id.text(), key, found);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  if (!found) {
    co_return base::Error(base::ErrorCode::not_enrolled,
                          "This control plane does not know the node. Enroll it: b3iq-host enroll");
  }
  keys_.put(node_id.text(), key);
  co_return key;
}

}  // namespace b3iq::control
