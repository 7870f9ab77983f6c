#include "control/nodes/node_outline_store.h"

namespace b3iq::control {

using base::Status;
using base::Task;
using storage::Row;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

#define B3_SELECT_OUTLINE                                                                    \
  "SELECT nodes.node_id, nodes.public_key, node_leases.standing, node_leases.last_seen_ms, " \
  "node_leases.lease_ms, node_leases.status, node_inventories.readiness FROM nodes "         \
  "JOIN node_leases ON node_leases.node_id = nodes.node_id "                                 \
  "LEFT JOIN node_inventories ON node_inventories.node_id = nodes.node_id "                  \
  "WHERE node_leases.standing <> 'removed' AND "
constexpr Statement kSelectOutlines{B3_SELECT_OUTLINE
                                    "nodes.node_id > $1 ORDER BY nodes.node_id LIMIT $2"};
constexpr Statement kSelectOutline{B3_SELECT_OUTLINE "nodes.node_id = $1"};
#undef B3_SELECT_OUTLINE
constexpr Statement kCountModelsOffered{
    "SELECT COUNT(DISTINCT node_models.model_id) FROM node_models JOIN node_leases ON "
    "node_leases.node_id = node_models.node_id WHERE node_models.status = 'installed' "
    "AND node_leases.standing = 'enrolled' AND node_leases.last_seen_ms + node_leases.lease_ms >= "
    "$1"};

NodeOutline read_outline(const Row& row) {
  NodeOutline node;
  node.node_id = protocol::NodeId::trusted(std::string(row.text(0)));
  node.public_key = crypto::ed25519_public_key(row.blob(1)).value_or(crypto::Ed25519PublicKey{});
  node.standing = protocol::node_standing_from_name(row.text(2)).value_or(NodeStanding::suspended);
  node.last_seen_ms = row.integer(3);
  node.lease_ms = row.integer(4);
  node.status = row.text(5);
  node.readiness = row.text(6);
  return node;
}

}  // namespace

Task<Status> select_node_outlines(Transaction& tx, std::string_view after_id, std::int64_t limit,
                                  std::vector<NodeOutline>& out) {
  auto take = [&out](const Row& row) {
    out.push_back(read_outline(row));
    return true;
  };
  const Value values[] = {after_id, limit};
  co_return co_await tx.query(kSelectOutlines, values, std::move(take));
}

Task<Status> select_node_outline(Transaction& tx, std::string_view node_id, NodeOutline& out,
                                 bool& found) {
  found = false;
  auto take = [&](const Row& row) {
    out = read_outline(row);
    found = true;
    return false;
  };
  const Value values[] = {node_id};
  co_return co_await tx.query(kSelectOutline, values, std::move(take));
}

Task<Status> select_models_offered(Transaction& tx, std::int64_t now_ms, std::int64_t& out) {
  auto take = [&out](const Row& row) {
    out = row.integer(0);
    return false;
  };
  const Value values[] = {now_ms};
  co_return co_await tx.query(kCountModelsOffered, values, std::move(take));
}

}  // namespace b3iq::control
