// The SQL of commands. Each function runs inside the caller's transaction. A change names the state
// that it expects and tells whether it found it: of two that race, one does.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "control/commands/command_types.h"
#include "crypto/sha256.h"
#include "storage/database.h"

namespace b3iq::control {

base::Task<base::Status> insert_command(storage::Transaction& tx, const Command& command);
enum class WithResult : std::uint8_t { no, yes };
base::Task<base::Status> select_command(storage::Transaction& tx, std::string_view id,
                                        WithResult with_result, Command& out, bool& found);
// Newest first; without results.
base::Task<base::Status> select_commands(storage::Transaction& tx, const CommandQuery& query,
                                         std::vector<Command>& out);
// Calls `on_node` for each of the nodes that has a command which has not ended.
base::Task<base::Status> select_nodes_with_open(
    storage::Transaction& tx, std::span<const std::string_view> node_ids,
    base::UniqueFunction<void(std::string_view)>& on_node);
// Not ended yet.
base::Task<base::Status> count_open_commands(storage::Transaction& tx, std::string_view node_id,
                                             std::int64_t& out);
// Those that a poll may take, oldest cursor first; without results, and without the arguments of
// private_inference.
base::Task<base::Status> select_queued(storage::Transaction& tx, std::string_view node_id,
                                       std::int64_t now_ms, std::int64_t limit,
                                       std::vector<Command>& out);
base::Task<base::Status> select_arguments(storage::Transaction& tx, std::string_view id,
                                          std::string& out);
// Nodes for which an operator queued a command at `since_ms` or later that still waits, each once.
base::Task<base::Status> select_nodes_with_queued(storage::Transaction& tx, std::int64_t since_ms,
                                                  std::int64_t limit,
                                                  std::vector<std::string>& out);

// What fences a lease, as it stands in its column; "" for none.
struct LeaseFacts {
  std::string node_id;
  CommandState state = CommandState::queued;
  std::string lease_token;
  std::int64_t lease_expires_at_ms = 0;
  CommandKind kind = CommandKind::benchmark_smoke;
  crypto::Sha256Digest result_hash{};  // zeros for none
  bool is_stopping = false;            // ask_to_stop()
};
base::Task<base::Status> select_lease_facts(storage::Transaction& tx, std::string_view id,
                                            LeaseFacts& out, bool& found);

// queued -> leased. False in `done` when it is queued no more.
base::Task<base::Status> lease_command(storage::Transaction& tx, std::string_view id,
                                       std::string_view token, std::int64_t expires_at_ms,
                                       bool& done);
struct Renewal {
  std::string_view id;
  std::string_view node_id;
  std::string_view token;
  std::int64_t expires_at_ms = 0;
  std::string_view phase;
  std::int64_t progress_done = 0;
  std::int64_t progress_total = 0;
  std::int64_t now_ms = 0;  // a private job whose time is over keeps the lease that it has
};
base::Task<base::Status> renew_command(storage::Transaction& tx, const Renewal& renewal,
                                       CommandKind& kind, bool& done);
struct Ending {
  CommandState state = CommandState::succeeded;
  std::int64_t at_ms = 0;
  std::string_view failure;
};
// leased -> succeeded or failed, by the holder of `token`.
base::Task<base::Status> finish_command(storage::Transaction& tx, std::string_view id,
                                        std::string_view token, const Ending& ending,
                                        std::string_view result, const crypto::Sha256Digest& hash,
                                        bool& done);
// queued or leased -> cancelled.
base::Task<base::Status> end_open_command(storage::Transaction& tx, std::string_view id,
                                          const Ending& ending, bool& done);
// queued -> cancelled, of one that no node has had. One whose lease never arrived is such a one.
base::Task<base::Status> end_queued_command(storage::Transaction& tx, std::string_view id,
                                            const Ending& ending, bool& done);
// A leased one stays leased, for the last time, until `until_ms`: its node hears that it is
// cancelled, and its result still counts. One whose lease lapsed gets that lease back for it: its
// node may be at it still. False in `done` when no node has had it, or it was asked before.
base::Task<base::Status> ask_to_stop(storage::Transaction& tx, std::string_view id,
                                     std::int64_t now_ms, std::int64_t until_ms, bool& done);
// leased -> cancelled, when no result came by then.
base::Task<base::Status> end_stopped(storage::Transaction& tx, std::string_view id,
                                     std::int64_t now_ms, std::string_view failure, bool& done);
// queued or leased -> expired, where its time is over at `ending.at_ms`; of a private job that is
// leased, its lease too.
base::Task<base::Status> expire_command(storage::Transaction& tx, std::string_view id,
                                        const Ending& ending, bool& done);
base::Task<base::Status> end_open_commands_of(storage::Transaction& tx, std::string_view node_id,
                                              const Ending& ending);
// leased -> queued (attempts are left) or failed, when the lease ran out before `now_ms`. A queued
// one keeps its last token, by which ask_to_stop() knows it.
base::Task<base::Status> requeue_lapsed(storage::Transaction& tx, std::string_view id,
                                        std::int64_t now_ms, std::int64_t cursor, bool& done);
base::Task<base::Status> fail_lapsed(storage::Transaction& tx, std::string_view id,
                                     std::int64_t now_ms, std::string_view failure, bool& done);
// Leases of the node of which it has said nothing yet and that may be handed out again.
struct UnheardLease {
  std::string command_id;
  std::int64_t expires_at_ms = 0;
  CommandKind kind = CommandKind::benchmark_smoke;
};
base::Task<base::Status> select_unheard(storage::Transaction& tx, std::string_view node_id,
                                        std::int64_t limit, std::vector<UnheardLease>& out);
// leased -> queued where it was, of such a lease.
base::Task<base::Status> requeue_unheard(storage::Transaction& tx, std::string_view id, bool& done);
// failed, cancelled or expired -> queued.
base::Task<base::Status> requeue_ended(storage::Transaction& tx, const Command& command,
                                       bool& done);

// What time has overtaken: commands whose lease ran out, and open ones that are too old.
struct Overdue {
  std::string id;
  std::string node_id;
  bool has_attempts_left = false;
  CommandKind kind = CommandKind::benchmark_smoke;
  bool is_stopping = false;  // ask_to_stop()
};
// Of these, only those of which sweeping can make something: a node that is not enrolled gets none
// back.
base::Task<base::Status> select_lapsed(storage::Transaction& tx, std::int64_t now_ms,
                                       std::int64_t limit, std::vector<Overdue>& out);
base::Task<base::Status> select_expired(storage::Transaction& tx, std::int64_t now_ms,
                                        std::int64_t limit, std::vector<Overdue>& out);

// Forgets commands that ended before `before_ms`.
base::Task<base::Status> delete_ended(storage::Transaction& tx, std::int64_t before_ms,
                                      std::int64_t limit);

}  // namespace b3iq::control
