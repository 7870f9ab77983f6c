// The SQL of node_leases, the one row that every signed request of a node moves; the sequence of
// frames alone stands in node_streams. Each function runs inside the caller's transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/task.h"
#include "base/unique_function.h"
#include "control/nodes/node_types.h"
#include "protocol/http_signature.h"
#include "protocol/request_judgement.h"
#include "storage/database.h"

namespace b3iq::control {

// A verified request that is about to have its effect.
struct SignedAct {
  protocol::SignatureTag tag;
  const protocol::VerifiedRequest& request;
  std::optional<std::int64_t> boot_epoch;  // nullopt: the request names none
  protocol::ManagedErrorFacts* facts;      // filled for a refusal; outlives the transaction
};

// Moves the node's sequence for the tag, in the transaction of the effect: the one place that
// decides whether a request of the node may still do something.
// Errors: not_enrolled, node_removed, node_suspended, identity_superseded, replayed.
base::Task<base::Status> claim_sequence(storage::Transaction& tx, const SignedAct& act);
// The same, and tells the node's command cursor; not of frames.
base::Task<base::Status> claim_sequence(storage::Transaction& tx, const SignedAct& act,
                                        std::int64_t& command_cursor);

struct LeaseRow {
  NodeStanding standing = NodeStanding::removed;
  std::int64_t boot_epoch = 0;
  std::int64_t superseded_epoch = 0;
  std::int64_t superseded_ms = 0;
  std::int64_t last_sequence = 0;  // of the tag that was asked for
  std::int64_t command_cursor = 0;
};
// False in `found` when there is no such node.
base::Task<base::Status> select_lease(storage::Transaction& tx, std::string_view node_id,
                                      protocol::SignatureTag tag, LeaseRow& out, bool& found);

// Whether it lives: what a caller of the node, and not the node itself, asks.
struct NodePresence {
  NodeStanding standing = NodeStanding::removed;
  std::int64_t last_seen_ms = 0;  // 0: never
  std::int64_t lease_ms = kHeartbeatLeaseMs;
};
// False in `found` when there is no such node.
base::Task<base::Status> select_presence(storage::Transaction& tx, std::string_view node_id,
                                         NodePresence& out, bool& found);

// Why a request has no effect on a node with this lease; for when its row was left alone. `found`
// as of select_lease().
protocol::RequestRefusal refusal_of(const LeaseRow& lease, bool found,
                                    const protocol::VerifiedRequest& request,
                                    std::optional<std::int64_t> boot_epoch);

// One verified heartbeat; views live until the function has ended.
struct HeartbeatRow {
  std::string_view node_id;
  std::int64_t sequence = 0;
  std::int64_t boot_epoch = 0;
  std::string_view status;
  std::int64_t queue_depth = 0;
  std::string_view agent_version;
  std::string_view inventory_hash;  // base64url
  std::string_view readiness_hash;
};
// What the row holds besides, for the answer. Views live until the callback returns.
struct HeartbeatTaken {
  std::string_view node_id;
  std::int64_t command_cursor = 0;
  std::string_view known_inventory_hash;
  std::string_view known_readiness_hash;
  std::int64_t superseded_ms = 0;
};
// When all of a batch are seen, and for how long that holds (heartbeat_lease_ms).
struct HeartbeatTime {
  std::int64_t now_ms = 0;
  std::int64_t lease_ms = kHeartbeatLeaseMs;
};
// Writes all of `rows`, each of another node, in few statements, and calls `taken` for each row
// that was moved; the others are refused (refusal_of).
base::Task<base::Status> write_heartbeats(storage::Transaction& tx, HeartbeatTime at,
                                          std::span<const HeartbeatRow> rows,
                                          base::UniqueFunction<void(const HeartbeatTaken&)>& taken);

// One verified poll; views live until the function has ended.
struct PollRow {
  std::string_view node_id;
  std::int64_t sequence = 0;
  std::int64_t boot_epoch = 0;
};
struct PollTaken {
  std::string_view node_id;  // until the callback returns
  std::int64_t command_cursor = 0;
};
// claim_sequence() for many polls, each of another node: calls `taken` for each that was moved; the
// others are refused (refusal_of).
base::Task<base::Status> claim_polls(storage::Transaction& tx, std::span<const PollRow> rows,
                                     base::UniqueFunction<void(const PollTaken&)>& taken);
// The same for batches of receipts, which name no start; `row.boot_epoch` is not looked at.
base::Task<base::Status> claim_receipts(storage::Transaction& tx, std::span<const PollRow> rows,
                                        base::UniqueFunction<void(const PollTaken&)>& taken);

// Notes that a start older than the newest was refused. True in `first` when neither this one, nor
// a newer one, nor within the last minute any had been noted before.
base::Task<base::Status> note_superseded(storage::Transaction& tx, std::string_view node_id,
                                         std::int64_t epoch, std::int64_t now_ms, bool& first);

struct NewLease {
  std::string_view node_id;
  std::int64_t boot_epoch = 0;
  std::int64_t sequence = 0;  // of the enrollment
  std::string_view agent_version;
};
// A lease for a node that had none. False in `made` when it has one already.
base::Task<base::Status> insert_lease(storage::Transaction& tx, const NewLease& lease, bool& made);
// The same for a node that comes back: active again, nothing of it lost. False in `moved` when it
// is suspended, or the sequence or the boot epoch is not above the last one.
base::Task<base::Status> renew_lease(storage::Transaction& tx, const NewLease& lease, bool& moved);

// False in `changed` when it was in this state already.
base::Task<base::Status> set_standing(storage::Transaction& tx, std::string_view node_id,
                                      NodeStanding standing, bool& changed);
base::Task<base::Status> set_known_hashes(storage::Transaction& tx, std::string_view node_id,
                                          std::string_view inventory_hash,
                                          std::string_view readiness_hash);
struct KnownHashes {
  std::string inventory;
  std::string readiness;
};
base::Task<base::Status> select_known_hashes(storage::Transaction& tx, std::string_view node_id,
                                             KnownHashes& out);
// The next command cursor of an active node; 0 in `cursor` when it is not active.
base::Task<base::Status> next_command_cursor(storage::Transaction& tx, std::string_view node_id,
                                             std::int64_t& cursor);

}  // namespace b3iq::control
