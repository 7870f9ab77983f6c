// The SQL of what is known of nodes besides their lease: identity, transport keys, inventory,
// models. Each function runs inside the caller's transaction.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "control/nodes/node_types.h"
#include "protocol/messages/reported_model.h"
#include "storage/database.h"

namespace b3iq::control {

// False in `found` when there is no such node.
base::Task<base::Status> select_public_key(storage::Transaction& tx, std::string_view node_id,
                                           crypto::Ed25519PublicKey& out, bool& found);
struct NodeKeyRow {
  std::string node_id;
  crypto::Ed25519PublicKey key;
};
// The next `limit` of all nodes, by id.
base::Task<base::Status> select_public_keys(storage::Transaction& tx, std::string_view after_id,
                                            std::int64_t limit, std::vector<NodeKeyRow>& out);

struct NewNode {
  std::string_view node_id;
  const crypto::Ed25519PublicKey& public_key;
  std::string tags;  // join_tags()
  std::int64_t at_ms = 0;
};
base::Task<base::Status> insert_node(storage::Transaction& tx, const NewNode& node);
// A node that enrolls again: when, and the tags of its token, if it brought one.
base::Task<base::Status> note_enrollment(storage::Transaction& tx, const NewNode& node,
                                         bool with_token);
base::Task<base::Status> set_standing_reason(storage::Transaction& tx, std::string_view node_id,
                                             std::string_view reason);
base::Task<base::Status> set_tags(storage::Transaction& tx, std::string_view node_id,
                                  std::string_view tags, bool& found);
struct Enrollment {
  std::int64_t first_at_ms = 0;
  std::int64_t router_generation = 0;  // of the router secret (protocol/router_secret.h)
};
// Zeros when there is no such node.
base::Task<base::Status> select_enrollment(storage::Transaction& tx, std::string_view node_id,
                                           Enrollment& out);

// Keeps the newest kMaxTransportKeysKept of the node.
base::Task<base::Status> put_transport_key(storage::Transaction& tx, std::string_view node_id,
                                           const TransportKeyRow& key);
base::Task<base::Status> select_transport_keys(storage::Transaction& tx, std::string_view node_id,
                                               std::vector<TransportKeyRow>& out);

// Canonical texts; an empty one leaves what is there.
base::Task<base::Status> put_inventory(storage::Transaction& tx, std::string_view node_id,
                                       std::int64_t at_ms, std::string_view inventory,
                                       std::string_view readiness);
// The rows of the public lists of models; all of the node's rows are replaced.
base::Task<base::Status> put_models(storage::Transaction& tx, std::string_view node_id,
                                    const std::vector<protocol::ModelProfile>& models);

base::Task<base::Status> select_nodes(storage::Transaction& tx, const NodeQuery& query,
                                      std::vector<NodeSummary>& out);
base::Task<base::Status> select_node(storage::Transaction& tx, std::string_view node_id,
                                     NodeDetails& out, bool& found);
base::Task<base::Status> select_counts(storage::Transaction& tx, std::int64_t now_ms,
                                       NodeCounts& out);
base::Task<base::Status> select_model_counts(storage::Transaction& tx, std::int64_t now_ms,
                                             std::string_view after_id, std::int64_t limit,
                                             std::vector<ModelCount>& out);

inline constexpr std::int64_t kMaxTransportKeysKept = 8;

}  // namespace b3iq::control
