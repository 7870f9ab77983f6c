#include "control/nodes/lease_store.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <vector>

#include "base/check.h"
#include "storage/made_statement.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Status;
using base::Task;
using protocol::SignatureTag;
using storage::MadeStatement;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kSelectPresence{
    "SELECT standing, last_seen_ms, lease_ms FROM node_leases WHERE node_id = $1"};
constexpr std::int64_t kNoEpoch = std::numeric_limits<std::int64_t>::max();

struct TagStatements {
  SignatureTag tag;
  Statement claim;
  Statement select;
};

#define B3_TAG_STATEMENTS(tag)                                                        \
  TagStatements {                                                                     \
    SignatureTag::tag,                                                                \
        {"UPDATE node_leases SET " #tag "_sequence = $2 WHERE node_id = $1 AND " #tag \
         "_sequence < $2 AND boot_epoch <= $3 AND standing = 'enrolled' "             \
         "RETURNING command_cursor"},                                                 \
        {"SELECT standing, boot_epoch, superseded_epoch, superseded_ms, " #tag        \
         "_sequence, command_cursor FROM node_leases WHERE node_id = $1"}             \
  }
// Frames come 20 times a second: their sequence has a row of its own, made with the first, so that
// they wait for nobody who moves the node's row, and nobody for them. What the claim returns is
// read by nobody: no answer to frames tells a cursor.
constexpr TagStatements kFramesStatements{
    SignatureTag::frames,
    {"INSERT INTO node_streams (node_id, frames_sequence) SELECT node_leases.node_id, CAST($2 AS "
     "BIGINT) FROM node_leases WHERE node_leases.node_id = $1 AND node_leases.boot_epoch <= $3 AND "
     "node_leases.standing = 'enrolled' ON CONFLICT (node_id) DO UPDATE SET frames_sequence = "
     "excluded.frames_sequence WHERE node_streams.frames_sequence < excluded.frames_sequence "
     "RETURNING frames_sequence"},
    {"SELECT node_leases.standing, node_leases.boot_epoch, node_leases.superseded_epoch, "
     "node_leases.superseded_ms, COALESCE(node_streams.frames_sequence, 0), "
     "node_leases.command_cursor FROM node_leases LEFT JOIN node_streams ON node_streams.node_id = "
     "node_leases.node_id WHERE node_leases.node_id = $1"}};
constexpr std::array kTagStatements = {B3_TAG_STATEMENTS(enroll),    B3_TAG_STATEMENTS(heartbeat),
                                       B3_TAG_STATEMENTS(inventory), B3_TAG_STATEMENTS(poll),
                                       B3_TAG_STATEMENTS(result),    B3_TAG_STATEMENTS(unenroll),
                                       B3_TAG_STATEMENTS(receipts),  kFramesStatements};
#undef B3_TAG_STATEMENTS

const TagStatements& statements_of(SignatureTag tag) {
  for (const auto& row : kTagStatements) {
    if (row.tag == tag) return row;
  }
  B3_CHECK(!"a tag without a sequence");
  return kTagStatements[0];
}

// One statement for so many rows: a server is asked less often. Rows that are left over are of no
// node. SQLite binds at most 99 values.
constexpr std::size_t kRowsTogether = 12;

// "(CAST($3 AS TEXT), …), ($5, …), …": a table of kRowsTogether rows, whose columns both databases
// call column1, column2, … The first row tells a server their types.
std::string rows_together(std::size_t first_number, std::span<const std::string_view> types) {
  std::string sql;
  for (std::size_t row = 0; row < kRowsTogether; ++row) {
    sql += row == 0 ? "(" : ", (";
    for (std::size_t column = 0; column < types.size(); ++column) {
      const std::string_view form = row == 0 ? "{}CAST(${} AS {})" : "{}${}";
      sql +=
          fmt::format(fmt::runtime(form), column == 0 ? "" : ", ", first_number++, types[column]);
    }
    sql += ")";
  }
  return sql;
}

constexpr std::size_t kHeartbeatTimes = 2;
constexpr std::array<std::string_view, 8> kHeartbeatTypes = {"TEXT",   "BIGINT", "BIGINT", "TEXT",
                                                             "BIGINT", "TEXT",   "TEXT",   "TEXT"};
static_assert(kHeartbeatTimes + kRowsTogether * kHeartbeatTypes.size() <= 99);

const Statement& heartbeat_statement() {
  static const MadeStatement made(fmt::format(
      "UPDATE node_leases SET heartbeat_sequence = h.column2, boot_epoch = h.column3, "
      "last_seen_ms = $1, lease_ms = $2, status = h.column4, queue_depth = h.column5, "
      "agent_version = h.column6, inventory_hash = h.column7, readiness_hash = h.column8 "
      "FROM (VALUES {}) AS h WHERE node_leases.node_id = h.column1 "
      "AND node_leases.heartbeat_sequence < h.column2 AND node_leases.boot_epoch <= h.column3 "
      "AND node_leases.standing = 'enrolled' RETURNING node_leases.node_id, "
      "node_leases.command_cursor, node_leases.known_inventory_hash, "
      "node_leases.known_readiness_hash, node_leases.superseded_ms",
      rows_together(kHeartbeatTimes + 1, kHeartbeatTypes)));
  return made.statement();
}

constexpr std::array<std::string_view, 3> kPollTypes = {"TEXT", "BIGINT", "BIGINT"};

const Statement& poll_statement() {
  static const MadeStatement made(
      fmt::format("UPDATE node_leases SET poll_sequence = h.column2 FROM (VALUES {}) AS h "
                  "WHERE node_leases.node_id = h.column1 AND node_leases.poll_sequence < h.column2 "
                  "AND node_leases.boot_epoch <= h.column3 AND node_leases.standing = 'enrolled' "
                  "RETURNING node_leases.node_id, node_leases.command_cursor",
                  rows_together(1, kPollTypes)));
  return made.statement();
}

const Statement& receipts_statement() {
  static const MadeStatement made(
      fmt::format("UPDATE node_leases SET receipts_sequence = h.column2 FROM (VALUES {}) AS h "
                  "WHERE node_leases.node_id = h.column1 "
                  "AND node_leases.receipts_sequence < h.column2 "
                  "AND node_leases.boot_epoch <= h.column3 AND node_leases.standing = 'enrolled' "
                  "RETURNING node_leases.node_id, node_leases.command_cursor",
                  rows_together(1, kPollTypes)));
  return made.statement();
}

// A clone may send a newer of its old starts each time, and each one that is noted is audited.
constexpr Statement kNoteSuperseded{
    "UPDATE node_leases SET superseded_epoch = $2, superseded_ms = $3 "
    "WHERE node_id = $1 AND superseded_epoch < $2 AND superseded_ms <= $4"};
constexpr Statement kSeenAgain{
    "UPDATE node_leases SET superseded_ms = $2 WHERE node_id = $1 AND superseded_ms < $3"};
// A machine that is refused again and again writes at most this often. The second is longer, so
// that one start that is seen again does not keep another from being noted.
constexpr std::int64_t kSupersededNotedMs = 60'000;
constexpr std::int64_t kSupersededStepMs = 120'000;

constexpr Statement kInsertLease{
    "INSERT INTO node_leases (node_id, standing, boot_epoch, superseded_epoch, superseded_ms, "
    "last_seen_ms, status, queue_depth, agent_version, inventory_hash, readiness_hash, "
    "known_inventory_hash, known_readiness_hash, command_cursor, enroll_sequence, "
    "heartbeat_sequence, inventory_sequence, poll_sequence, result_sequence, unenroll_sequence) "
    "VALUES ($1, 'enrolled', $2, 0, 0, 0, '', 0, $4, '', '', '', '', 0, $3, 0, 0, 0, 0, 0) "
    "ON CONFLICT (node_id) DO NOTHING"};
constexpr Statement kRenewLease{
    "UPDATE node_leases SET standing = 'enrolled', boot_epoch = $2, enroll_sequence = $3, "
    "agent_version = $4 WHERE node_id = $1 AND enroll_sequence < $3 AND boot_epoch <= $2 "
    "AND standing <> 'suspended'"};
constexpr Statement kSetStanding{
    "UPDATE node_leases SET standing = $2 WHERE node_id = $1 AND standing <> $2"};
constexpr Statement kSetInventoryHash{
    "UPDATE node_leases SET known_inventory_hash = $2 WHERE node_id = $1"};
constexpr Statement kSetReadinessHash{
    "UPDATE node_leases SET known_readiness_hash = $2 WHERE node_id = $1"};
constexpr Statement kSelectHashes{
    "SELECT known_inventory_hash, known_readiness_hash FROM node_leases WHERE node_id = $1"};
constexpr Statement kNextCursor{
    "UPDATE node_leases SET command_cursor = command_cursor + 1 "
    "WHERE node_id = $1 AND standing = 'enrolled' RETURNING command_cursor"};

}  // namespace

Task<Status> select_lease(Transaction& tx, std::string_view node_id, SignatureTag tag,
                          LeaseRow& out, bool& found) {
  found = false;
  auto take = [&](const storage::Row& row) {
    found = true;
    out = {protocol::node_standing_from_name(row.text(0)).value_or(NodeStanding::removed),
           row.integer(1),
           row.integer(2),
           row.integer(3),
           row.integer(4),
           row.integer(5)};
    return false;
  };
  const Value values[] = {node_id};
  co_return co_await tx.query(statements_of(tag).select, values, std::move(take));
}

protocol::RequestRefusal refusal_of(const LeaseRow& lease, bool found,
                                    const protocol::VerifiedRequest& request,
                                    std::optional<std::int64_t> boot_epoch) {
  const protocol::StoredNode stored{lease.standing, lease.last_sequence, lease.boot_epoch};
  auto judged =
      protocol::judge_request(request, {request.node_id, boot_epoch}, found ? &stored : nullptr);
  if (judged.refused) {
    if (judged.refused->error.code == ErrorCode::node_suspended)
      judged.refused->error.retry_after_ms = kSuspendedRetryMs;
    return *std::move(judged.refused);
  }
  // Another transaction was between the update and the look.
  return {Error(ErrorCode::conflict, "The node's record changed meanwhile; send it again."), {}};
}

Task<Status> claim_sequence(Transaction& tx, const SignedAct& act, std::int64_t& command_cursor) {
  const std::string_view node_id = act.request.node_id.text();
  const Value values[] = {node_id, act.request.sequence, act.boot_epoch.value_or(kNoEpoch)};
  bool moved = false;
  auto take = [&](const storage::Row& row) {
    command_cursor = row.integer(0);
    moved = true;
    return true;
  };
  CO_TRY_OK(co_await tx.query(statements_of(act.tag).claim, values, std::move(take)));
  if (moved) co_return Status();
  LeaseRow lease;
  bool found = false;
  CO_TRY_OK(co_await select_lease(tx, node_id, act.tag, lease, found));
  auto refusal = refusal_of(lease, found, act.request, act.boot_epoch);
  *act.facts = refusal.facts;
  co_return std::move(refusal.error);
}

Task<Status> claim_sequence(Transaction& tx, const SignedAct& act) {
  std::int64_t command_cursor = 0;
  co_return co_await claim_sequence(tx, act, command_cursor);
}

Task<Status> write_heartbeats(Transaction& tx, HeartbeatTime at, std::span<const HeartbeatRow> rows,
                              base::UniqueFunction<void(const HeartbeatTaken&)>& taken) {
  constexpr std::size_t kColumns = kHeartbeatTimes + kRowsTogether * kHeartbeatTypes.size();
  static constexpr HeartbeatRow kNobody;
  std::vector<Value> values;
  values.reserve((rows.size() / kRowsTogether + 1) * kColumns);
  for (std::size_t first = 0; first < rows.size(); first += kRowsTogether) {
    values.insert(values.end(), {at.now_ms, at.lease_ms});
    for (std::size_t i = first; i < first + kRowsTogether; ++i) {
      const HeartbeatRow& row = i < rows.size() ? rows[i] : kNobody;
      values.insert(values.end(),
                    {row.node_id, row.sequence, row.boot_epoch, row.status, row.queue_depth,
                     row.agent_version, row.inventory_hash, row.readiness_hash});
    }
  }
  auto take = [&taken](const storage::Row& row) {
    taken({row.text(0), row.integer(1), row.text(2), row.text(3), row.integer(4)});
  };
  co_return co_await tx.query_many(heartbeat_statement(), values, kColumns, std::move(take));
}

namespace {

Task<Status> claim_all(Transaction& tx, const Statement& statement, std::span<const PollRow> rows,
                       base::UniqueFunction<void(const PollTaken&)>& taken) {
  constexpr std::size_t kColumns = kRowsTogether * kPollTypes.size();
  static constexpr PollRow kNobody;
  std::vector<Value> values;
  values.reserve((rows.size() / kRowsTogether + 1) * kColumns);
  for (std::size_t first = 0; first < rows.size(); first += kRowsTogether) {
    for (std::size_t i = first; i < first + kRowsTogether; ++i) {
      const PollRow& row = i < rows.size() ? rows[i] : kNobody;
      values.insert(values.end(), {row.node_id, row.sequence, row.boot_epoch});
    }
  }
  auto take = [&taken](const storage::Row& row) { taken({row.text(0), row.integer(1)}); };
  co_return co_await tx.query_many(statement, values, kColumns, std::move(take));
}

}  // namespace

Task<Status> claim_polls(Transaction& tx, std::span<const PollRow> rows,
                         base::UniqueFunction<void(const PollTaken&)>& taken) {
  return claim_all(tx, poll_statement(), rows, taken);
}

Task<Status> claim_receipts(Transaction& tx, std::span<const PollRow> rows,
                            base::UniqueFunction<void(const PollTaken&)>& taken) {
  std::vector<PollRow> of_any_start(rows.begin(), rows.end());
  for (PollRow& row : of_any_start) row.boot_epoch = kNoEpoch;
  co_return co_await claim_all(tx, receipts_statement(), of_any_start, taken);
}

Task<Status> note_superseded(Transaction& tx, std::string_view node_id, std::int64_t epoch,
                             std::int64_t now_ms, bool& first) {
  const Value values[] = {node_id, epoch, now_ms, now_ms - kSupersededNotedMs};
  CO_TRY(const auto noted, co_await tx.exec(kNoteSuperseded, values));
  first = noted == 1;
  if (first) co_return Status();
  const Value again[] = {node_id, now_ms, now_ms - kSupersededStepMs};
  CO_TRY_OK(co_await tx.exec(kSeenAgain, again));
  co_return Status();
}

Task<Status> insert_lease(Transaction& tx, const NewLease& lease, bool& made) {
  const Value values[] = {lease.node_id, lease.boot_epoch, lease.sequence, lease.agent_version};
  CO_TRY(const auto changed, co_await tx.exec(kInsertLease, values));
  made = changed == 1;
  co_return Status();
}

Task<Status> renew_lease(Transaction& tx, const NewLease& lease, bool& moved) {
  const Value values[] = {lease.node_id, lease.boot_epoch, lease.sequence, lease.agent_version};
  CO_TRY(const auto changed, co_await tx.exec(kRenewLease, values));
  moved = changed == 1;
  co_return Status();
}

Task<Status> set_standing(Transaction& tx, std::string_view node_id, NodeStanding standing,
                          bool& changed) {
  const Value values[] = {node_id, protocol::wire_name(standing)};
  CO_TRY(const auto rows, co_await tx.exec(kSetStanding, values));
  changed = rows == 1;
  co_return Status();
}

Task<Status> set_known_hashes(Transaction& tx, std::string_view node_id,
                              std::string_view inventory_hash, std::string_view readiness_hash) {
  if (!inventory_hash.empty()) {
    const Value values[] = {node_id, inventory_hash};
    CO_TRY_OK(co_await tx.exec(kSetInventoryHash, values));
  }
  if (!readiness_hash.empty()) {
    const Value values[] = {node_id, readiness_hash};
    CO_TRY_OK(co_await tx.exec(kSetReadinessHash, values));
  }
  co_return Status();
}

Task<Status> select_known_hashes(Transaction& tx, std::string_view node_id, KnownHashes& out) {
  auto take = [&out](const storage::Row& row) {
    out = {std::string(row.text(0)), std::string(row.text(1))};
    return false;
  };
  const Value values[] = {node_id};
  co_return co_await tx.query(kSelectHashes, values, std::move(take));
}

Task<Status> select_presence(Transaction& tx, std::string_view node_id, NodePresence& out,
                             bool& found) {
  found = false;
  auto take = [&](const storage::Row& row) {
    found = true;
    out.standing = protocol::node_standing_from_name(row.text(0)).value_or(NodeStanding::suspended);
    out.last_seen_ms = row.integer(1);
    out.lease_ms = row.integer(2);
    return false;
  };
  const Value values[] = {node_id};
  co_return co_await tx.query(kSelectPresence, values, std::move(take));
}

Task<Status> next_command_cursor(Transaction& tx, std::string_view node_id, std::int64_t& cursor) {
  cursor = 0;
  auto take = [&cursor](const storage::Row& row) {
    cursor = row.integer(0);
    return true;
  };
  const Value values[] = {node_id};
  co_return co_await tx.query(kNextCursor, values, std::move(take));
}

}  // namespace b3iq::control
