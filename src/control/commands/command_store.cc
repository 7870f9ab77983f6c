#include "control/commands/command_store.h"

#include <algorithm>

namespace b3iq::control {

using base::Status;
using base::Task;
using storage::Row;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

// A private job's envelopes are read by whom they are for alone: its node (select_arguments) and
// its customer (private_jobs/private_job_store.cc).
#define B3_UNLESS_SEALED(column) "CASE WHEN kind = 'private_inference' THEN '' ELSE " column " END"
#define B3_COMMAND_COLUMNS \
  "command_id, node_id, kind, " B3_UNLESS_SEALED("arguments") ", state, cursor_number, " \
  "queued_by, created_at_ms, queued_at_ms, expires_at_ms, attempts, max_attempts, "      \
  "lease_expires_at_ms, phase, "                                                         \
  "progress_done, progress_total, finished_at_ms, failure"
constexpr int kCommandColumns = 18;

constexpr Statement kInsert{
    "INSERT INTO commands (command_id, node_id, kind, arguments, state, cursor_number, queued_by, "
    "created_at_ms, queued_at_ms, expires_at_ms, attempts, max_attempts, lease_expires_at_ms, "
    "phase, progress_done, progress_total, finished_at_ms, failure, lease_token, result) VALUES "
    "($1, $2, $3, $4, 'queued', $5, $6, $7, $7, $8, 0, $9, 0, '', 0, "
    "0, 0, '', '', '')"};
constexpr Statement kSelect{"SELECT " B3_COMMAND_COLUMNS " FROM commands WHERE command_id = $1"};
constexpr Statement kSelectWithResult{"SELECT " B3_COMMAND_COLUMNS ", " B3_UNLESS_SEALED(
    "result") " FROM commands WHERE command_id = $1"};
constexpr Statement kSelectArguments{"SELECT arguments FROM commands WHERE command_id = $1"};
// `$1` is '' where it asks for every state.
constexpr Statement kSelectAll{"SELECT " B3_COMMAND_COLUMNS
                               " FROM commands WHERE command_id < $2 AND ($1 = '' OR state = $1) "
                               "ORDER BY command_id DESC LIMIT $3"};
constexpr Statement kSelectOfNode{
    "SELECT " B3_COMMAND_COLUMNS
    " FROM commands WHERE node_id = $4 AND command_id < $2 AND ($1 = '' OR state = $1) "
    "ORDER BY command_id DESC LIMIT $3"};
constexpr Statement kCountOpen{
    "SELECT COUNT(*) FROM commands WHERE node_id = $1 AND finished_at_ms = 0"};
constexpr Statement kSelectQueued{
    "SELECT " B3_COMMAND_COLUMNS
    " FROM commands WHERE node_id = $1 AND state = 'queued' AND expires_at_ms > $2 "
    "ORDER BY cursor_number LIMIT $3"};
#undef B3_COMMAND_COLUMNS
#undef B3_UNLESS_SEALED
constexpr std::size_t kNodesTogether = 12;
constexpr Statement kSelectNodesWithOpen{
    "SELECT DISTINCT node_id FROM commands WHERE finished_at_ms = 0 AND node_id IN "
    "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"};
constexpr Statement kSelectNodesWithQueued{
    "SELECT DISTINCT node_id FROM commands WHERE state = 'queued' AND queued_at_ms >= $1 LIMIT $2"};
constexpr Statement kSelectLease{
    "SELECT node_id, state, lease_token, lease_expires_at_ms, kind, result_hash, stop_asked_at_ms "
    "FROM commands "
    "WHERE command_id = $1"};
constexpr Statement kLease{
    "UPDATE commands SET state = 'leased', lease_token = $2, lease_expires_at_ms = $3, "
    "attempts = attempts + 1, phase = 'waiting', progress_done = 0, progress_total = 0 "
    "WHERE command_id = $1 AND state = 'queued'"};
constexpr Statement kRenew{
    "UPDATE commands SET lease_expires_at_ms = $4, phase = $5, progress_done = $6, "
    "progress_total = $7 "
    "WHERE command_id = $1 AND node_id = $2 AND lease_token = $3 AND state = 'leased' AND "
    "stop_asked_at_ms = 0 AND (kind <> 'private_inference' OR expires_at_ms > $8) RETURNING kind"};
constexpr Statement kFinish{
    "UPDATE commands SET state = $3, lease_token = '', lease_expires_at_ms = 0, "
    "finished_at_ms = $4, failure = $5, result = $6, result_hash = $7 "
    "WHERE command_id = $1 AND lease_token = $2 AND state = 'leased'"};
constexpr Statement kEndOpen{
    "UPDATE commands SET state = $2, lease_token = '', lease_expires_at_ms = 0, "
    "finished_at_ms = $3, failure = $4 WHERE command_id = $1 AND finished_at_ms = 0"};
constexpr Statement kEndQueued{
    "UPDATE commands SET state = $2, finished_at_ms = $3, failure = $4 WHERE command_id = $1 AND "
    "state = 'queued' AND lease_token = ''"};
// A queued one with a token is one whose lease lapsed: its holder may be at it still, and has the
// lease once more.
constexpr Statement kAskStop{
    "UPDATE commands SET state = 'leased', stop_asked_at_ms = $2, lease_expires_at_ms = $3 WHERE "
    "command_id = $1 AND (state = 'leased' OR (state = 'queued' AND lease_token <> '')) AND "
    "stop_asked_at_ms = 0"};
constexpr Statement kEndStopped{
    "UPDATE commands SET state = 'cancelled', lease_token = '', lease_expires_at_ms = 0, "
    "finished_at_ms = $2, failure = $3 WHERE command_id = $1 AND state = 'leased' AND "
    "stop_asked_at_ms > 0 AND lease_expires_at_ms <= $2"};
// What a private job's node has made in its time may still come, as long as its last lease lasts.
constexpr Statement kExpire{
    "UPDATE commands SET state = $2, lease_token = '', lease_expires_at_ms = 0, "
    "finished_at_ms = $3, failure = $4 "
    "WHERE command_id = $1 AND finished_at_ms = 0 AND expires_at_ms <= $3 AND (kind <> "
    "'private_inference' OR state = 'queued' OR lease_expires_at_ms <= $3)"};
constexpr Statement kEndOpenOfNode{
    "UPDATE commands SET state = $2, lease_token = '', lease_expires_at_ms = 0, "
    "finished_at_ms = $3, failure = $4 WHERE node_id = $1 AND finished_at_ms = 0"};
// The token stays, for a stop (kAskStop); no result and no renewal counts by it until then.
constexpr Statement kRequeueLapsed{
    "UPDATE commands SET state = 'queued', lease_expires_at_ms = 0, cursor_number = $3 WHERE "
    "command_id = $1 AND state = 'leased' AND stop_asked_at_ms = 0 AND "
    "lease_expires_at_ms <= $2"};
// A lease that the node has told of has another phase or some progress, or is told of each time.
#define B3_UNHEARD                                                                           \
  "finished_at_ms = 0 AND state = 'leased' AND phase = 'waiting' AND progress_done = 0 AND " \
  "progress_total = 0 AND attempts < max_attempts AND stop_asked_at_ms = 0"
constexpr Statement kSelectUnheard{
    "SELECT command_id, lease_expires_at_ms, kind FROM commands WHERE node_id = $1 AND " B3_UNHEARD
    " LIMIT $2"};
constexpr Statement kRequeueUnheard{
    "UPDATE commands SET state = 'queued', lease_token = '', lease_expires_at_ms = 0, phase = '' "
    "WHERE command_id = $1 AND " B3_UNHEARD};
#undef B3_UNHEARD
constexpr Statement kFailLapsed{
    "UPDATE commands SET state = 'failed', lease_token = '', lease_expires_at_ms = 0, "
    "finished_at_ms = $2, failure = $3 "
    "WHERE command_id = $1 AND state = 'leased' AND stop_asked_at_ms = 0 AND "
    "lease_expires_at_ms <= $2"};
constexpr Statement kRequeueEnded{
    "UPDATE commands SET state = 'queued', cursor_number = $2, queued_by = $3, queued_at_ms = $4, "
    "expires_at_ms = $5, attempts = 0, phase = '', progress_done = 0, progress_total = 0, "
    "finished_at_ms = 0, result = '', result_hash = NULL, failure = '' "
    "WHERE command_id = $1 AND state IN ('failed', 'cancelled', 'expired')"};
// What would only go back to a node that may not have it now stays where it is, and out of the way
// of the others.
constexpr Statement kSelectLapsed{
    "SELECT command_id, node_id, attempts, max_attempts, kind, stop_asked_at_ms FROM commands "
    "WHERE state = 'leased' AND lease_expires_at_ms <= $1 AND (attempts >= max_attempts OR "
    "stop_asked_at_ms > 0 OR EXISTS "
    "(SELECT node_leases.node_id FROM node_leases WHERE node_leases.node_id = commands.node_id "
    "AND node_leases.standing = 'enrolled')) ORDER BY lease_expires_at_ms LIMIT $2"};
constexpr Statement kSelectExpired{
    "SELECT command_id, node_id, attempts, max_attempts, kind, stop_asked_at_ms FROM commands "
    "WHERE finished_at_ms = 0 AND expires_at_ms <= $1 AND (kind <> 'private_inference' OR state = "
    "'queued' OR lease_expires_at_ms <= $1) ORDER BY expires_at_ms LIMIT $2"};

constexpr Statement kDeleteOld{
    "DELETE FROM commands WHERE command_id IN (SELECT command_id FROM commands "
    "WHERE finished_at_ms > 0 AND finished_at_ms < $1 LIMIT $2)"};

// Above every command id: '~' comes behind all letters.
constexpr std::string_view kAboveAllIds = "~";

CommandKind read_kind(const Row& row, int column) {
  return protocol::command_kind_from_name(row.text(column)).value_or(CommandKind::benchmark_smoke);
}

Command read_command(const Row& row) {
  Command command;
  command.id = protocol::CommandId::trusted(std::string(row.text(0)));
  command.node_id = protocol::NodeId::trusted(std::string(row.text(1)));
  command.kind = read_kind(row, 2);
  command.arguments = row.text(3);
  command.state = protocol::command_state_from_name(row.text(4)).value_or(CommandState::failed);
  command.cursor = row.integer(5);
  command.queued_by = row.text(6);
  command.created_at_ms = row.integer(7);
  command.queued_at_ms = row.integer(8);
  command.expires_at_ms = row.integer(9);
  command.attempts = row.integer(10);
  command.max_attempts = row.integer(11);
  command.lease_expires_at_ms = row.integer(12);
  command.phase = row.text(13);
  command.progress_done = row.integer(14);
  command.progress_total = row.integer(15);
  command.finished_at_ms = row.integer(16);
  command.failure = row.text(17);
  return command;
}

Task<Status> change_one(Transaction& tx, const Statement& statement, std::span<const Value> values,
                        bool& done) {
  CO_TRY(const auto changed, co_await tx.exec(statement, values));
  done = changed == 1;
  co_return Status();
}

Task<Status> select_overdue(Transaction& tx, const Statement& statement, std::int64_t now_ms,
                            std::int64_t limit, std::vector<Overdue>& out) {
  auto take = [&out](const Row& row) {
    out.push_back({std::string(row.text(0)), std::string(row.text(1)),
                   row.integer(2) < row.integer(3), read_kind(row, 4), row.integer(5) != 0});
    return true;
  };
  const Value values[] = {now_ms, limit};
  co_return co_await tx.query(statement, values, std::move(take));
}

}  // namespace

Task<Status> insert_command(Transaction& tx, const Command& command) {
  const Value values[] = {std::string_view(command.id.text()),
                          std::string_view(command.node_id.text()),
                          protocol::wire_name(command.kind),
                          std::string_view(command.arguments),
                          command.cursor,
                          std::string_view(command.queued_by),
                          command.created_at_ms,
                          command.expires_at_ms,
                          command.max_attempts};
  CO_TRY_OK(co_await tx.exec(kInsert, values));
  co_return Status();
}

Task<Status> select_command(Transaction& tx, std::string_view id, WithResult with_result,
                            Command& out, bool& found) {
  found = false;
  auto take = [&](const Row& row) {
    out = read_command(row);
    if (with_result == WithResult::yes) out.result = row.text(kCommandColumns);
    found = true;
    return false;
  };
  const Value values[] = {id};
  co_return co_await tx.query(with_result == WithResult::yes ? kSelectWithResult : kSelect, values,
                              std::move(take));
}

Task<Status> select_commands(Transaction& tx, const CommandQuery& query,
                             std::vector<Command>& out) {
  auto take = [&out](const Row& row) {
    out.push_back(read_command(row));
    return true;
  };
  const auto state = query.state ? protocol::wire_name(*query.state) : std::string_view();
  const auto before = query.before_id.empty() ? kAboveAllIds : std::string_view(query.before_id);
  if (query.node_id.empty()) {
    const Value values[] = {state, before, query.limit};
    co_return co_await tx.query(kSelectAll, values, std::move(take));
  }
  const Value values[] = {state, before, query.limit, std::string_view(query.node_id)};
  co_return co_await tx.query(kSelectOfNode, values, std::move(take));
}

Task<Status> select_nodes_with_open(Transaction& tx, std::span<const std::string_view> node_ids,
                                    base::UniqueFunction<void(std::string_view)>& on_node) {
  std::vector<Value> values(node_ids.begin(), node_ids.end());
  // What is left over is no node.
  while (values.size() % kNodesTogether != 0) values.emplace_back(std::string_view());
  auto take = [&on_node](const Row& row) { on_node(row.text(0)); };
  co_return co_await tx.query_many(kSelectNodesWithOpen, values, kNodesTogether, std::move(take));
}

Task<Status> count_open_commands(Transaction& tx, std::string_view node_id, std::int64_t& out) {
  auto take = [&out](const Row& row) {
    out = row.integer(0);
    return false;
  };
  const Value values[] = {node_id};
  co_return co_await tx.query(kCountOpen, values, std::move(take));
}

Task<Status> select_queued(Transaction& tx, std::string_view node_id, std::int64_t now_ms,
                           std::int64_t limit, std::vector<Command>& out) {
  auto take = [&out](const Row& row) {
    out.push_back(read_command(row));
    return true;
  };
  const Value values[] = {node_id, now_ms, limit};
  co_return co_await tx.query(kSelectQueued, values, std::move(take));
}

Task<Status> select_arguments(Transaction& tx, std::string_view id, std::string& out) {
  out.clear();
  auto take = [&out](const Row& row) {
    out = row.text(0);
    return false;
  };
  const Value values[] = {id};
  co_return co_await tx.query(kSelectArguments, values, std::move(take));
}

Task<Status> select_nodes_with_queued(Transaction& tx, std::int64_t since_ms, std::int64_t limit,
                                      std::vector<std::string>& out) {
  auto take = [&out](const Row& row) {
    out.emplace_back(row.text(0));
    return true;
  };
  const Value values[] = {since_ms, limit};
  co_return co_await tx.query(kSelectNodesWithQueued, values, std::move(take));
}

Task<Status> select_lease_facts(Transaction& tx, std::string_view id, LeaseFacts& out,
                                bool& found) {
  found = false;
  auto take = [&](const Row& row) {
    found = true;
    out.node_id = row.text(0);
    out.state = protocol::command_state_from_name(row.text(1)).value_or(CommandState::failed);
    out.lease_token = row.text(2);
    out.lease_expires_at_ms = row.integer(3);
    out.kind = read_kind(row, 4);
    const auto hash = row.blob(5);
    std::copy_n(hash.begin(), std::min(hash.size(), out.result_hash.size()),
                out.result_hash.begin());
    out.is_stopping = row.integer(6) != 0;
    return false;
  };
  const Value values[] = {id};
  co_return co_await tx.query(kSelectLease, values, std::move(take));
}

Task<Status> lease_command(Transaction& tx, std::string_view id, std::string_view token,
                           std::int64_t expires_at_ms, bool& done) {
  const Value values[] = {id, token, expires_at_ms};
  co_return co_await change_one(tx, kLease, values, done);
}

Task<Status> renew_command(Transaction& tx, const Renewal& renewal, CommandKind& kind, bool& done) {
  done = false;
  auto take = [&](const Row& row) {
    kind = read_kind(row, 0);
    done = true;
    return true;
  };
  const Value values[] = {
      renewal.id,    renewal.node_id,       renewal.token,          renewal.expires_at_ms,
      renewal.phase, renewal.progress_done, renewal.progress_total, renewal.now_ms};
  co_return co_await tx.query(kRenew, values, std::move(take));
}

Task<Status> finish_command(Transaction& tx, std::string_view id, std::string_view token,
                            const Ending& ending, std::string_view result,
                            const crypto::Sha256Digest& hash, bool& done) {
  const Value values[] = {id,
                          token,
                          protocol::wire_name(ending.state),
                          ending.at_ms,
                          ending.failure,
                          result,
                          base::ByteView(hash)};
  co_return co_await change_one(tx, kFinish, values, done);
}

Task<Status> end_open_command(Transaction& tx, std::string_view id, const Ending& ending,
                              bool& done) {
  const Value values[] = {id, protocol::wire_name(ending.state), ending.at_ms, ending.failure};
  co_return co_await change_one(tx, kEndOpen, values, done);
}

Task<Status> end_queued_command(Transaction& tx, std::string_view id, const Ending& ending,
                                bool& done) {
  const Value values[] = {id, protocol::wire_name(ending.state), ending.at_ms, ending.failure};
  co_return co_await change_one(tx, kEndQueued, values, done);
}

Task<Status> ask_to_stop(Transaction& tx, std::string_view id, std::int64_t now_ms,
                         std::int64_t until_ms, bool& done) {
  const Value values[] = {id, now_ms, until_ms};
  co_return co_await change_one(tx, kAskStop, values, done);
}

Task<Status> end_stopped(Transaction& tx, std::string_view id, std::int64_t now_ms,
                         std::string_view failure, bool& done) {
  const Value values[] = {id, now_ms, failure};
  co_return co_await change_one(tx, kEndStopped, values, done);
}

Task<Status> expire_command(Transaction& tx, std::string_view id, const Ending& ending,
                            bool& done) {
  const Value values[] = {id, protocol::wire_name(ending.state), ending.at_ms, ending.failure};
  co_return co_await change_one(tx, kExpire, values, done);
}

Task<Status> end_open_commands_of(Transaction& tx, std::string_view node_id, const Ending& ending) {
  const Value values[] = {node_id, protocol::wire_name(ending.state), ending.at_ms, ending.failure};
  CO_TRY_OK(co_await tx.exec(kEndOpenOfNode, values));
  co_return Status();
}

Task<Status> requeue_lapsed(Transaction& tx, std::string_view id, std::int64_t now_ms,
                            std::int64_t cursor, bool& done) {
  const Value values[] = {id, now_ms, cursor};
  co_return co_await change_one(tx, kRequeueLapsed, values, done);
}

Task<Status> fail_lapsed(Transaction& tx, std::string_view id, std::int64_t now_ms,
                         std::string_view failure, bool& done) {
  const Value values[] = {id, now_ms, failure};
  co_return co_await change_one(tx, kFailLapsed, values, done);
}

Task<Status> select_unheard(Transaction& tx, std::string_view node_id, std::int64_t limit,
                            std::vector<UnheardLease>& out) {
  auto take = [&out](const Row& row) {
    out.push_back({std::string(row.text(0)), row.integer(1), read_kind(row, 2)});
    return true;
  };
  const Value values[] = {node_id, limit};
  co_return co_await tx.query(kSelectUnheard, values, std::move(take));
}

Task<Status> requeue_unheard(Transaction& tx, std::string_view id, bool& done) {
  const Value values[] = {id};
  co_return co_await change_one(tx, kRequeueUnheard, values, done);
}

Task<Status> requeue_ended(Transaction& tx, const Command& command, bool& done) {
  const Value values[] = {std::string_view(command.id.text()), command.cursor,
                          std::string_view(command.queued_by), command.queued_at_ms,
                          command.expires_at_ms};
  co_return co_await change_one(tx, kRequeueEnded, values, done);
}

Task<Status> select_lapsed(Transaction& tx, std::int64_t now_ms, std::int64_t limit,
                           std::vector<Overdue>& out) {
  co_return co_await select_overdue(tx, kSelectLapsed, now_ms, limit, out);
}

Task<Status> select_expired(Transaction& tx, std::int64_t now_ms, std::int64_t limit,
                            std::vector<Overdue>& out) {
  co_return co_await select_overdue(tx, kSelectExpired, now_ms, limit, out);
}

Task<Status> delete_ended(Transaction& tx, std::int64_t before_ms, std::int64_t limit) {
  const Value values[] = {before_ms, limit};
  CO_TRY_OK(co_await tx.exec(kDeleteOld, values));
  co_return Status();
}

}  // namespace b3iq::control
