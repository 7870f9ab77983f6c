#include "control/nodes/node_store.h"

#include <algorithm>

namespace b3iq::control {

using base::Status;
using base::Task;
using storage::Row;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kSelectPublicKey{"SELECT public_key FROM nodes WHERE node_id = $1"};
constexpr Statement kSelectPublicKeys{
    "SELECT node_id, public_key FROM nodes WHERE node_id > $1 ORDER BY node_id LIMIT $2"};
constexpr Statement kInsertNode{
    "INSERT INTO nodes (node_id, public_key, tags, standing_reason, enrolled_at_ms, "
    "last_enrolled_at_ms, router_generation) VALUES ($1, $2, $3, '', $4, $4, 1)"};
constexpr Statement kNoteEnrollment{
    "UPDATE nodes SET last_enrolled_at_ms = $2, standing_reason = '' WHERE node_id = $1"};
constexpr Statement kSetTags{"UPDATE nodes SET tags = $2 WHERE node_id = $1"};
constexpr Statement kSetReason{"UPDATE nodes SET standing_reason = $2 WHERE node_id = $1"};
constexpr Statement kSelectEnrollment{
    "SELECT enrolled_at_ms, router_generation FROM nodes WHERE node_id = $1"};

constexpr Statement kPutTransportKey{
    "INSERT INTO transport_keys (node_id, key_id, document, not_before_ms, not_after_ms, "
    "installed_at_ms) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (node_id, key_id) DO UPDATE SET "
    "document = excluded.document, not_before_ms = excluded.not_before_ms, "
    "not_after_ms = excluded.not_after_ms, installed_at_ms = excluded.installed_at_ms"};
constexpr Statement kDropOldTransportKeys{
    "DELETE FROM transport_keys WHERE node_id = $1 AND key_id NOT IN (SELECT key_id FROM "
    "transport_keys WHERE node_id = $1 ORDER BY installed_at_ms DESC, key_id LIMIT $2)"};
constexpr Statement kSelectTransportKeys{
    "SELECT key_id, document, not_before_ms, not_after_ms, installed_at_ms FROM transport_keys "
    "WHERE node_id = $1 ORDER BY installed_at_ms DESC, key_id"};

constexpr Statement kPutInventory{
    "INSERT INTO node_inventories (node_id, received_at_ms, inventory, readiness) "
    "VALUES ($1, $2, $3, '') ON CONFLICT (node_id) DO UPDATE SET "
    "received_at_ms = excluded.received_at_ms, inventory = excluded.inventory"};
constexpr Statement kPutReadiness{
    "INSERT INTO node_inventories (node_id, received_at_ms, inventory, readiness) "
    "VALUES ($1, $2, '', $3) ON CONFLICT (node_id) DO UPDATE SET "
    "received_at_ms = excluded.received_at_ms, readiness = excluded.readiness"};
constexpr Statement kDropModels{"DELETE FROM node_models WHERE node_id = $1"};
constexpr Statement kInsertModel{
    "INSERT INTO node_models (model_id, node_id, status, network_eligible, paid_route_eligible) "
    "VALUES ($1, $2, $3, $4, $5)"};
constexpr std::size_t kModelColumns = 5;

#define B3_NODE_COLUMNS                                                                 \
  "nodes.node_id, node_leases.standing, nodes.standing_reason, nodes.tags, "            \
  "nodes.enrolled_at_ms, nodes.last_enrolled_at_ms, node_leases.last_seen_ms, "         \
  "node_leases.boot_epoch, node_leases.status, node_leases.queue_depth, "               \
  "node_leases.agent_version, node_leases.inventory_hash, node_leases.readiness_hash, " \
  "node_leases.command_cursor, node_leases.lease_ms"
#define B3_NODE_TABLES " FROM nodes JOIN node_leases ON node_leases.node_id = nodes.node_id "
constexpr int kNodeColumns = 15;

// `$2` and `$3` are '' where they ask for nothing.
constexpr Statement kSelectNodes{
    "SELECT " B3_NODE_COLUMNS B3_NODE_TABLES
    "WHERE nodes.node_id > $1 AND ($2 = '' OR node_leases.standing = $2) "
    "AND ($3 = '' OR nodes.tags LIKE $3) ORDER BY nodes.node_id LIMIT $4"};
constexpr Statement kSelectNode{"SELECT " B3_NODE_COLUMNS
                                ", nodes.public_key, node_leases.known_inventory_hash, "
                                "node_leases.known_readiness_hash" B3_NODE_TABLES
                                "WHERE nodes.node_id = $1"};
#undef B3_NODE_COLUMNS
#undef B3_NODE_TABLES
constexpr Statement kSelectInventory{
    "SELECT received_at_ms, inventory, readiness FROM node_inventories WHERE node_id = $1"};

constexpr Statement kSelectCounts{
    "SELECT COALESCE(SUM(CASE WHEN standing = 'enrolled' THEN 1 ELSE 0 END), 0), "
    "COALESCE(SUM(CASE WHEN standing = 'suspended' THEN 1 ELSE 0 END), 0), "
    "COALESCE(SUM(CASE WHEN standing = 'enrolled' AND last_seen_ms + lease_ms >= $1 THEN 1 ELSE 0 "
    "END), 0), "
    "COALESCE(SUM(CASE WHEN standing = 'enrolled' AND last_seen_ms + lease_ms >= $2 "
    "AND last_seen_ms + lease_ms < $1 THEN 1 ELSE 0 END), 0) FROM node_leases"};
constexpr Statement kSelectModelCounts{
    "SELECT node_models.model_id, COUNT(*), "
    "SUM(CASE WHEN node_leases.last_seen_ms + node_leases.lease_ms >= $1 THEN 1 ELSE 0 END), "
    "SUM(CASE WHEN node_leases.last_seen_ms + node_leases.lease_ms >= $1 "
    "AND node_models.network_eligible = 1 THEN 1 ELSE 0 END) FROM node_models JOIN node_leases ON "
    "node_leases.node_id = node_models.node_id "
    "WHERE node_models.model_id > $2 AND node_models.status = 'installed' "
    "AND node_leases.standing = 'enrolled' "
    "GROUP BY node_models.model_id ORDER BY node_models.model_id LIMIT $3"};

NodeSummary read_summary(const Row& row) {
  NodeSummary node;
  node.node_id = protocol::NodeId::trusted(std::string(row.text(0)));
  node.standing = protocol::node_standing_from_name(row.text(1)).value_or(NodeStanding::removed);
  node.standing_reason = row.text(2);
  node.tags = split_tags(row.text(3));
  node.enrolled_at_ms = row.integer(4);
  node.last_enrolled_at_ms = row.integer(5);
  node.last_seen_ms = row.integer(6);
  node.boot_epoch = row.integer(7);
  node.status = row.text(8);
  node.queue_depth = row.integer(9);
  node.agent_version = row.text(10);
  node.inventory_hash = row.text(11);
  node.readiness_hash = row.text(12);
  node.command_cursor = row.integer(13);
  node.lease_ms = row.integer(14);
  return node;
}

crypto::Ed25519PublicKey read_public_key(base::ByteView bytes) {
  return crypto::ed25519_public_key(bytes).value_or(crypto::Ed25519PublicKey{});
}

}  // namespace

Task<Status> select_public_key(Transaction& tx, std::string_view node_id,
                               crypto::Ed25519PublicKey& out, bool& found) {
  found = false;
  auto take = [&](const Row& row) {
    out = read_public_key(row.blob(0));
    found = true;
    return false;
  };
  const Value values[] = {node_id};
  co_return co_await tx.query(kSelectPublicKey, values, std::move(take));
}

Task<Status> select_public_keys(Transaction& tx, std::string_view after_id, std::int64_t limit,
                                std::vector<NodeKeyRow>& out) {
  auto take = [&out](const Row& row) {
    out.push_back({std::string(row.text(0)), read_public_key(row.blob(1))});
    return true;
  };
  const Value values[] = {after_id, limit};
  co_return co_await tx.query(kSelectPublicKeys, values, std::move(take));
}

Task<Status> insert_node(Transaction& tx, const NewNode& node) {
  const Value values[] = {node.node_id, base::ByteView(node.public_key.bytes),
                          std::string_view(node.tags), node.at_ms};
  CO_TRY_OK(co_await tx.exec(kInsertNode, values));
  co_return Status();
}

Task<Status> note_enrollment(Transaction& tx, const NewNode& node, bool with_token) {
  const Value values[] = {node.node_id, node.at_ms};
  CO_TRY_OK(co_await tx.exec(kNoteEnrollment, values));
  if (!with_token) co_return Status();
  const Value tags[] = {node.node_id, std::string_view(node.tags)};
  CO_TRY_OK(co_await tx.exec(kSetTags, tags));
  co_return Status();
}

Task<Status> set_standing_reason(Transaction& tx, std::string_view node_id,
                                 std::string_view reason) {
  const Value values[] = {node_id, reason};
  CO_TRY_OK(co_await tx.exec(kSetReason, values));
  co_return Status();
}

Task<Status> set_tags(Transaction& tx, std::string_view node_id, std::string_view tags,
                      bool& found) {
  const Value values[] = {node_id, tags};
  CO_TRY(const auto changed, co_await tx.exec(kSetTags, values));
  found = changed == 1;
  co_return Status();
}

Task<Status> select_enrollment(Transaction& tx, std::string_view node_id, Enrollment& out) {
  out = {};
  auto take = [&out](const Row& row) {
    out = {row.integer(0), row.integer(1)};
    return false;
  };
  const Value values[] = {node_id};
  co_return co_await tx.query(kSelectEnrollment, values, std::move(take));
}

Task<Status> put_transport_key(Transaction& tx, std::string_view node_id,
                               const TransportKeyRow& key) {
  const Value values[] = {node_id,
                          std::string_view(key.key_id.text()),
                          std::string_view(key.document),
                          key.not_before_ms,
                          key.not_after_ms,
                          key.installed_at_ms};
  CO_TRY_OK(co_await tx.exec(kPutTransportKey, values));
  const Value limit[] = {node_id, kMaxTransportKeysKept};
  CO_TRY_OK(co_await tx.exec(kDropOldTransportKeys, limit));
  co_return Status();
}

Task<Status> select_transport_keys(Transaction& tx, std::string_view node_id,
                                   std::vector<TransportKeyRow>& out) {
  auto take = [&out](const Row& row) {
    out.push_back({protocol::TransportKeyId::trusted(std::string(row.text(0))),
                   std::string(row.text(1)), row.integer(2), row.integer(3), row.integer(4)});
    return true;
  };
  const Value values[] = {node_id};
  co_return co_await tx.query(kSelectTransportKeys, values, std::move(take));
}

Task<Status> put_inventory(Transaction& tx, std::string_view node_id, std::int64_t at_ms,
                           std::string_view inventory, std::string_view readiness) {
  if (!inventory.empty()) {
    const Value values[] = {node_id, at_ms, inventory};
    CO_TRY_OK(co_await tx.exec(kPutInventory, values));
  }
  if (!readiness.empty()) {
    const Value values[] = {node_id, at_ms, readiness};
    CO_TRY_OK(co_await tx.exec(kPutReadiness, values));
  }
  co_return Status();
}

Task<Status> put_models(Transaction& tx, std::string_view node_id,
                        const std::vector<protocol::ModelProfile>& models) {
  const Value node[] = {node_id};
  CO_TRY_OK(co_await tx.exec(kDropModels, node));
  std::vector<Value> values;
  values.reserve(models.size() * kModelColumns);
  for (const auto& model : models) {
    values.insert(values.end(),
                  {std::string_view(model.model_id), node_id, protocol::wire_name(model.status),
                   std::int64_t{model.network_eligible ? 1 : 0},
                   std::int64_t{model.paid_route_eligible ? 1 : 0}});
  }
  CO_TRY_OK(co_await tx.insert_many(kInsertModel, values, kModelColumns));
  co_return Status();
}

Task<Status> select_nodes(Transaction& tx, const NodeQuery& query, std::vector<NodeSummary>& out) {
  auto take = [&out](const Row& row) {
    out.push_back(read_summary(row));
    return true;
  };
  // A tag holds no sign that LIKE would read, but "_", which also matches itself.
  const std::string pattern = query.tag.empty() ? "" : "%\n" + query.tag + "\n%";
  const auto standing = query.standing ? protocol::wire_name(*query.standing) : std::string_view();
  const Value values[] = {std::string_view(query.after_id), standing, std::string_view(pattern),
                          query.limit};
  co_return co_await tx.query(kSelectNodes, values, std::move(take));
}

Task<Status> select_node(Transaction& tx, std::string_view node_id, NodeDetails& out, bool& found) {
  found = false;
  auto take = [&](const Row& row) {
    found = true;
    out.summary = read_summary(row);
    out.public_key = read_public_key(row.blob(kNodeColumns));
    out.known_inventory_hash = row.text(kNodeColumns + 1);
    out.known_readiness_hash = row.text(kNodeColumns + 2);
    return false;
  };
  const Value values[] = {node_id};
  CO_TRY_OK(co_await tx.query(kSelectNode, values, std::move(take)));
  if (!found) co_return Status();
  auto take_inventory = [&out](const Row& row) {
    out.inventory_received_at_ms = row.integer(0);
    out.inventory = row.text(1);
    out.readiness = row.text(2);
    return false;
  };
  CO_TRY_OK(co_await tx.query(kSelectInventory, values, std::move(take_inventory)));
  co_return co_await select_transport_keys(tx, node_id, out.transport_keys);
}

Task<Status> select_counts(Transaction& tx, std::int64_t now_ms, NodeCounts& out) {
  auto take = [&out](const Row& row) {
    out.enrolled = row.integer(0);
    out.suspended = row.integer(1);
    out.online = row.integer(2);
    out.stale = row.integer(3);
    out.offline = out.enrolled - out.online - out.stale;
    return false;
  };
  const Value values[] = {now_ms, now_ms - protocol::kOfflineAfterMs};
  co_return co_await tx.query(kSelectCounts, values, std::move(take));
}

Task<Status> select_model_counts(Transaction& tx, std::int64_t now_ms, std::string_view after_id,
                                 std::int64_t limit, std::vector<ModelCount>& out) {
  auto take = [&out](const Row& row) {
    out.push_back({std::string(row.text(0)), row.integer(1), row.integer(2), row.integer(3)});
    return true;
  };
  const Value values[] = {now_ms, after_id, limit};
  co_return co_await tx.query(kSelectModelCounts, values, std::move(take));
}

}  // namespace b3iq::control
