#include "sim_database.h"

#include <algorithm>
#include <limits>

#include "storage/migrations.h"
#include "storage/request_queue.h"
#include "storage/sqlite/sqlite_file.h"
#include "storage/sqlite/sqlite_transaction.h"

namespace b3iq::control::sim {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using storage::Body;
using storage::Row;
using storage::Statement;
using storage::Value;

namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kSlowMs = 4'000;

const Statement kBegin{"BEGIN IMMEDIATE"};
const Statement kCommit{"COMMIT"};
const Statement kRollback{"ROLLBACK"};
const Statement kSavepoint{"SAVEPOINT body"};
const Statement kRelease{"RELEASE body"};
const Statement kRollbackTo{"ROLLBACK TO body"};

Error not_here() { return Error(ErrorCode::unimplemented, "A simulated process does not block."); }
Error dead() { return Error(ErrorCode::shutting_down, "The process has died."); }

// Shows each statement to the witness; the process dies at the statement that is one too many.
class WatchedTransaction final : public storage::Transaction {
 public:
  WatchedTransaction(SimDisk& disk, std::int64_t& statements_left)
      : inner_(disk.connection()), witness_(disk.witness()), left_(statements_left) {}

  Task<Result<std::int64_t>> exec(const Statement& statement,
                                  std::span<const Value> values) override {
    if (left_-- <= 0) co_return dead();
    auto done = co_await inner_.exec(statement, values);
    witness_.after_statement();
    co_return done;
  }
  Task<Status> query(const Statement& statement, std::span<const Value> values,
                     base::UniqueFunction<bool(const Row&)> on_row) override {
    if (left_-- <= 0) co_return dead();
    auto done = co_await inner_.query(statement, values, std::move(on_row));
    witness_.after_statement();
    co_return done;
  }
  Task<Status> exec_script(std::string_view sql) override {
    co_return co_await inner_.exec_script(sql);
  }

 private:
  storage::SqliteTransaction inner_;
  Witness& witness_;
  std::int64_t& left_;
};

}  // namespace

Status SimDisk::open() {
  TRY(const bool exists, storage::database_exists(path_));
  if (!exists) TRY_OK(storage::create_database(path_, {}));
  TRY(connection_, storage::SqliteConnection::open(path_, storage::Access::read_write, {}));
  TRY_OK(connection_->script(
      "PRAGMA synchronous=OFF; PRAGMA foreign_keys=1; PRAGMA temp_store=MEMORY", "setup"));
  witness_.opened(connection_->handle());
  return {};
}

// SQLite takes back what was not committed.
void SimDisk::crash() {
  if (!connection_) return;
  witness_.closing();
  connection_.reset();
}

Task<Status> SimDatabase::write(Body body, storage::Isolation /*isolation*/) {
  return wait(std::move(body), true);
}

Task<Status> SimDatabase::read(Body body) { return wait(std::move(body), false); }

Task<Status> SimDatabase::wait(Body body, bool writes) {
  if (!*alive_) co_return dead();
  Waiting mine{std::move(body), {}, {}};
  auto start = [&] {
    (writes ? writes_ : reads_).push_back(&mine);
    if (writes && commit_is_due_) return;
    const bool slow = dice_.per_mille(faults_.slow);
    const auto delay =
        dice_.between(0, slow ? kSlowMs : (writes ? faults_.commit_ms : faults_.read_ms));
    if (writes) {
      commit_is_due_ = true;
      time_.after(delay, [this, alive = alive_] {
        if (*alive) commit_group();
      });
      return;
    }
    time_.after(delay, [this, alive = alive_, one = &mine] {
      if (!*alive) return;
      std::erase(reads_, one);
      auto left = kNever;
      WatchedTransaction transaction(disk_, left);
      one->arrival.set(storage::run_body(one->body, transaction));
    });
  };
  co_return co_await mine.arrival.wait(start);
}

SimDatabase::Fate SimDatabase::draw_fate() {
  auto drawn = dice_.between(1, 1'000);
  if (drawn <= faults_.crash) {
    const auto where = dice_.between(0, 2);
    return where == 0 ? Fate::dies_inside : (where == 1 ? Fate::dies_before : Fate::dies_behind);
  }
  drawn -= faults_.crash;
  if (drawn <= faults_.refused) return Fate::refused;
  drawn -= faults_.refused;
  return drawn <= faults_.unsure ? Fate::unsure : Fate::good;
}

void SimDatabase::commit_group() {
  commit_is_due_ = false;
  Group group;
  std::swap(group, writes_);
  if (group.empty()) return;
  ++commits_;
  auto& connection = disk_.connection();
  auto& witness = disk_.witness();
  const auto fate = draw_fate();
  if (dice_.per_mille(faults_.again)) {
    static_cast<void>(connection.control(kBegin));
    const auto mark = witness.mark();
    run_bodies(group, kNever);
    static_cast<void>(connection.control(kRollback));
    witness.rolled_back(mark);
  }
  static_cast<void>(connection.control(kBegin));
  const auto mark = witness.mark();
  run_bodies(group, fate == Fate::dies_inside ? dice_.between(0, 20) : kNever);
  const bool keeps = fate == Fate::good || fate == Fate::unsure || fate == Fate::dies_behind;
  const bool dies = !keeps && fate != Fate::refused;
  if (keeps) {
    static_cast<void>(connection.control(kCommit));
    witness.committed();
  } else {
    witness.rolled_back(mark);
    if (!dies) static_cast<void>(connection.control(kRollback));
  }
  for (auto* const one : group) {
    if (fate == Fate::refused) one->outcome = Error(ErrorCode::storage_failed, "The disk is full.");
    if (fate == Fate::unsure && one->outcome.ok())
      one->outcome = Error(ErrorCode::storage_failed, "The answer to the commit did not come.");
  }
  if (dies || fate == Fate::dies_behind) {
    for (auto* const one : group) one->outcome = dead();
    on_crash_();
  }
  answer(group);
}

void SimDatabase::run_bodies(const Group& group, std::int64_t statements_left) {
  for (auto* const one : group)
    if (!run_one(*one, statements_left)) return;
}

// False when the process has died in it.
bool SimDatabase::run_one(Waiting& one, std::int64_t& statements_left) {
  auto& connection = disk_.connection();
  auto& witness = disk_.witness();
  static_cast<void>(connection.control(kSavepoint));
  const auto mark = witness.mark();
  WatchedTransaction transaction(disk_, statements_left);
  one.outcome = storage::run_body(one.body, transaction);
  if (one.outcome.ok()) {
    witness.after_body();
  } else {
    if (statements_left >= 0) witness.failed(one.outcome.error());
    static_cast<void>(connection.control(kRollbackTo));
    witness.rolled_back(mark);
  }
  static_cast<void>(connection.control(kRelease));
  return statements_left >= 0;
}

void SimDatabase::answer(const Group& group) {
  for (auto* const one : group) one->arrival.set(std::move(one->outcome));
}

Status SimDatabase::write_blocking(Body /*body*/) { return not_here(); }
Status SimDatabase::read_blocking(Body /*body*/) { return not_here(); }
Status SimDatabase::migrate(std::span<const storage::Migration> /*migrations*/) {
  return not_here();
}
Status SimDatabase::backup_to(const std::string& /*path*/) { return not_here(); }

void SimDatabase::close() {
  if (!*alive_) return;
  *alive_ = false;
  for (auto* const all : {&writes_, &reads_}) {
    Group group;
    std::swap(group, *all);
    for (auto* const one : group) one->outcome = dead();
    answer(group);
  }
}

Task<Status> CalmDatabase::write(Body body, storage::Isolation /*isolation*/) {
  co_return write_blocking(std::move(body));
}
Task<Status> CalmDatabase::read(Body body) { co_return read_blocking(std::move(body)); }

Status CalmDatabase::write_blocking(Body body) {
  auto& witness = disk_.witness();
  auto left = kNever;
  TRY_OK(disk_.connection().control(kBegin));
  const auto mark = witness.mark();
  WatchedTransaction transaction(disk_, left);
  auto done = storage::run_body(body, transaction);
  if (done.ok()) {
    witness.after_body();
    TRY_OK(disk_.connection().control(kCommit));
    witness.committed();
  } else {
    TRY_OK(disk_.connection().control(kRollback));
    witness.rolled_back(mark);
  }
  return done;
}

Status CalmDatabase::read_blocking(Body body) {
  auto left = kNever;
  WatchedTransaction transaction(disk_, left);
  return storage::run_body(body, transaction);
}

Status CalmDatabase::migrate(std::span<const storage::Migration> migrations) {
  return storage::apply_migrations(*this, migrations, 1);
}

Status CalmDatabase::backup_to(const std::string& /*path*/) { return not_here(); }

}  // namespace b3iq::control::sim
