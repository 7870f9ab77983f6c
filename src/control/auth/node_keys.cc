#include "control/auth/node_keys.h"

#include "base/log.h"
#include "control/nodes/node_store.h"
#include "protocol/identity.h"

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
  // Who could write another key into a node's row still cannot sign for the node.
  if (!found || protocol::node_id_of(key) != node_id) {
    co_return base::Error(base::ErrorCode::not_enrolled,
                          "This control plane does not know the node. Enroll it: b3iq-host enroll");
  }
  keys_.put(node_id.text(), key);
  co_return key;
}

Task<void> NodeKeys::load() {
  std::string after;
  std::size_t loaded = 0;
  for (bool more = true; more && loaded < bound_;) {
    std::vector<NodeKeyRow> page;
    auto body = [&](storage::Transaction& tx) {
      page.clear();
      return select_public_keys(tx, after, kNodeKeysPerPage, page);
    };
    const auto read = co_await database_.read(std::move(body));
    if (!read.ok()) {
      base::log(base::LogLevel::warn, "node_keys.not_loaded",
                {{"detail", std::string_view(read.error().detail)}});
      co_return;
    }
    more = std::ssize(page) == kNodeKeysPerPage;
    if (more) after = page.back().node_id;
    loaded += page.size();
    for (auto& row : page) {
      if (protocol::node_id_of(row.key).text() == row.node_id)
        keys_.put(std::move(row.node_id), row.key);
    }
  }
  base::log(base::LogLevel::info, "node_keys.loaded",
            {{"nodes", static_cast<std::int64_t>(loaded)}});
}

}  // namespace b3iq::control
