#include "sim_world.h"

#include <fmt/format.h>

#include "base/check.h"
#include "control/ledger/ledger_check.h"
#include "control/migrations/control_schema.h"
#include "control/receipts/receipt_log_opening.h"
#include "sim_customer.h"
#include "sim_node.h"
#include "sim_operator.h"

namespace b3iq::control::sim {

using base::Status;
using base::Task;

namespace {

constexpr std::int64_t kSweepMs = 2'000;
constexpr std::int64_t kQuietSweepMs = 20'000;
constexpr std::int64_t kTidyMs = 30'000;
constexpr std::uint64_t kStepsPerCheck = 2'500;
// How long all may take to end when nothing is in the way any more, behind the latest time that was
// ever shown: a job's life, its margin, the wait for a receipt, and what timers are late.
constexpr std::int64_t kQuietLimitMs =
    kPrivateJobLifeMs + kStaleMarginMs + kReceiptWindowMs + 2 * 60'000;

// A task that nothing keeps waiting.
template <class T>
T run_here(Task<T> task) {
  std::optional<T> out;
  struct Driver {
    static Task<void> drive(Task<T> work, std::optional<T>& to) {
      to.emplace(co_await std::move(work));
    }
  };
  base::detach(Driver::drive(std::move(task), out));
  B3_CHECK(out.has_value());
  return *std::move(out);
}

Task<Status> run_ledger_check(LedgerCheck& check, storage::Database& database) {
  while (!check.ended()) CO_TRY_OK(co_await check.step(database));
  co_return Status();
}

}  // namespace

SimWorld::SimWorld(std::uint64_t seed)
    : dice_(seed * 0x9E3779B97F4A7C15 + 1),
      identity_(protocol::ControlPlaneIdentity::generate(dice_)),
      router_master_(protocol::RouterMasterSecret::generate(dice_)),
      disk_(folder_.file("control.db"), books_) {
  books_.know_clocks({&control_clock_, &second_clock_});
}

SimWorld::~SimWorld() {
  for (auto& replica : replicas_)
    if (replica) replica->die();
  time_.executor().run_all();
  disk_.crash();
}

void SimWorld::timer(std::int64_t delay_ms, std::function<void()> act) {
  time_.after(delay_ms, [this, act = std::move(act)] {
    step();
    act();
  });
}

void SimWorld::carry(std::function<void()> arrives) {
  const auto& faults = faults_.network;
  if (dice_.per_mille(faults.lost)) return;
  const int copies = dice_.per_mille(faults.doubled) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    const bool late = dice_.per_mille(faults.late);
    timer(late ? dice_.between(500, 120'000) : dice_.between(1, 60), arrives);
  }
}

SimWorld::Replica SimWorld::some_replica() {
  const auto first = static_cast<std::size_t>(dice_.between(0, std::ssize(replicas_) - 1));
  for (std::size_t i = 0; i < replicas_.size(); ++i)
    if (auto& replica = replicas_[(first + i) % replicas_.size()]) return replica;
  return nullptr;
}

ReplicaGround SimWorld::ground(std::size_t place) {
  const auto& clock = place == 0 ? control_clock_ : second_clock_;
  return {home_, identity_, router_master_, disk_, time_, dice_, faults_.disk, clock, loop_};
}

void SimWorld::set_up() {
  CalmDatabase database(disk_);
  const auto fail = [this](const Status& done) {
    if (!done.ok()) books_.fail("set-up: " + done.error().detail);
  };
  fail(make_folders(home_));
  fail(disk_.open());
  fail(database.migrate(control_migrations(SqlDialect::sqlite)));
  // Again, for the books: their statements name the tables.
  disk_.crash();
  fail(disk_.open());
  auto key = open_receipt_log(home_, database, identity_.id(), dice_);
  if (!key.ok()) return books_.fail("set-up: " + key.error().detail);
  log_key_.emplace(std::move(key).value());
  auditor_.emplace(protocol::receipt_log_verifier(identity_.id(), log_key_->public_key()),
                   [this](const std::string& path) -> std::optional<std::string> {
                     CalmDatabase calm(disk_);
                     ReceiptLogPublisher log(calm, identity_.id(), *log_key_,
                                             folder_.file("auditor"));
                     if (path == "checkpoint") {
                       auto given = run_here(log.checkpoint());
                       return given.ok() ? std::optional((*given)->note) : std::nullopt;
                     }
                     const auto tile = protocol::parse_tile_path(path);
                     if (!tile) return std::nullopt;
                     auto given = run_here(log.tile(*tile));
                     return given.ok() ? std::optional(*std::move(given)) : std::nullopt;
                   });
  replicas_.resize(dice_.percent(30) ? 2 : 1);
  for (std::size_t i = 0; i < replicas_.size(); ++i) start_replica(i);
  const auto nodes = dice_.between(1, 5);
  for (std::int64_t i = 0; i < nodes; ++i) {
    nodes_.push_back(std::make_unique<SimNode>(*this));
    nodes_.back()->enroll_now(*replicas_.front());
  }
  operator_ = std::make_unique<SimOperator>(*this);
  const auto customers = dice_.between(1, 5);
  for (std::int64_t i = 0; i < customers; ++i)
    customers_.push_back(std::make_unique<SimCustomer>(*this, operator_->make_customer()));
}

void SimWorld::calm_write(storage::Body body) {
  CalmDatabase database(disk_);
  const auto done = database.write_blocking(std::move(body));
  if (!done.ok()) books_.fail("set-up: " + done.error().detail);
}

// Seeds differ in what goes wrong, so that one kind of fault does not hide what another shows.
void SimWorld::draw_faults() {
  const auto up_to = [this](std::int64_t most) {
    return dice_.percent(25) ? 0 : dice_.between(0, most);
  };
  faults_.network = {up_to(150), up_to(100), up_to(100)};
  // The longer it takes, the more happens between two transactions of one request.
  const auto commit_ms = dice_.percent(50) ? 15 : dice_.between(30, 800);
  faults_.disk = {commit_ms, commit_ms / 5, up_to(4), up_to(15), up_to(15), up_to(100), up_to(30)};
  faults_.node_crash_every_ms = up_to(1) == 0 ? 0 : dice_.between(5'000, 90'000);
  faults_.world_crash_every_ms = up_to(1) == 0 ? 0 : dice_.between(10'000, 150'000);
  faults_.clock_jump_every_ms = up_to(1) == 0 ? 0 : dice_.between(8'000, 120'000);
  faults_.hostile = up_to(300);
  // Replicas' clocks differ by less than this (commands/command_clock.h).
  second_is_ahead_ms_ = dice_.between(-kReplicaSkewMs / 2, kReplicaSkewMs / 2);
  set_control_clocks(10 * kReplicaSkewMs);
  for (auto& node : nodes_) node->set_right();
}

void SimWorld::start_replica(std::size_t place) {
  CalmDatabase database(disk_);
  auto key = open_receipt_log(home_, database, identity_.id(), dice_);
  if (!key.ok()) return books_.fail("a start was refused: " + key.error().detail);
  auto on_crash = [this, place] { crash_replica(place); };
  auto replica = std::make_shared<SimReplica>(ground(place), *log_key_, std::move(on_crash));
  replicas_[place] = replica;
  sweep_timers(replica);
}

// What the process has open is closed in the middle of whatever it was at.
void SimWorld::crash_replica(std::size_t place) {
  auto replica = std::move(replicas_[place]);
  replicas_[place] = nullptr;
  if (!replica) return;
  ++crashes_;
  commits_ += replica->database.commits();
  replica->die();
  disk_.crash();
  if (const auto opened = disk_.open(); !opened.ok())
    return books_.fail("the disk does not open: " + opened.error().detail);
  books_.compare_with_file();
  // Its frames end in this turn.
  time_.after(0, [replica] {});
  timer(dice_.between(500, 20'000), [this, place] { start_replica(place); });
}

void SimWorld::crash_world() {
  for (std::size_t i = 0; i < replicas_.size(); ++i) crash_replica(i);
}

void SimWorld::repeat(std::function<std::int64_t()> pause_ms, std::function<bool()> act) {
  const auto delay = pause_ms();
  timer(delay, [this, pause_ms = std::move(pause_ms), act = std::move(act)] {
    if (act()) repeat(pause_ms, act);
  });
}

// As PeriodicWork does it, by virtual time.
void SimWorld::sweep_timers(const Replica& replica) {
  const std::weak_ptr<SimReplica> weak = replica;
  const auto while_it_lives = [weak](Task<void> (*work)(Replica)) {
    return [weak, work] {
      auto lives = weak.lock();
      if (!lives || !lives->is_alive) return false;
      lives->poll_waiters.tick();
      base::detach(work(std::move(lives)));
      return true;
    };
  };
  constexpr auto kSweep = [](Replica on) -> Task<void> {
    static_cast<void>(co_await on->command_clock.sweep());
    static_cast<void>(co_await on->upkeep.look());
    static_cast<void>(co_await on->command_clock.look_for_others());
  };
  constexpr auto kTidy = [](Replica on) -> Task<void> {
    static_cast<void>(co_await on->upkeep.tidy());
    static_cast<void>(co_await on->enrollments.sweep());
  };
  repeat([this] { return is_quiet_ ? kQuietSweepMs : about(kSweepMs); }, while_it_lives(kSweep));
  repeat([this] { return about(kTidyMs); }, while_it_lives(kTidy));
}

void SimWorld::fault_timers() {
  const auto about_every = [this](std::int64_t every_ms, std::function<void()> act) {
    if (every_ms == 0) return;
    repeat([this, every_ms] { return about(every_ms); },
           [this, act = std::move(act)] {
             if (!is_quiet_) act();
             return !is_quiet_;
           });
  };
  about_every(faults_.node_crash_every_ms, [this] { dice_.one_of(nodes_)->crash(); });
  about_every(faults_.world_crash_every_ms, [this] {
    if (dice_.percent(70)) return crash_world();
    crash_replica(static_cast<std::size_t>(dice_.between(0, std::ssize(replicas_) - 1)));
  });
  about_every(faults_.clock_jump_every_ms, [this] { jump_clock(); });
}

void SimWorld::set_control_clocks(std::int64_t offset_ms) {
  books_.look_at_clocks();
  control_clock_.set_offset_ms(offset_ms);
  second_clock_.set_offset_ms(offset_ms + second_is_ahead_ms_);
}

void SimWorld::jump_clock() {
  const auto kind = dice_.between(0, 9);
  if (kind <= 2) return dice_.one_of(nodes_)->jump_clock();
  constexpr std::int64_t kHourMs = 3'600'000;
  std::int64_t by = -dice_.between(1, 600'000);
  if (kind <= 6) by = dice_.between(1, 120'000);
  if (kind == 7) by = dice_.between(600'000, 2 * kHourMs);
  if (kind == 8) by = dice_.between(kHourMs, 26 * kHourMs);
  if (kind == 9 && dice_.percent(20)) by = dice_.between(7, 9) * 24 * kHourMs;
  // Never before the simulation began, where nodes were enrolled.
  meet(by < 0 ? "clock: back" : (by < 600'000 ? "clock: ahead" : "clock: far ahead"));
  const auto offset = control_clock_.offset_ms() + by;
  latest_wall_ms_ = std::max(latest_wall_ms_, control_clock_.wall_ms());
  set_control_clocks(std::max<std::int64_t>(offset, 0));
  // Whoever sees that much is over looks after it at once.
  if (by > 600'000)
    for (int i = 0; i < 3; ++i)
      timer(dice_.between(0, 2 * kSweepMs), [this] { operator_->recover(); });
  // The nodes' clocks follow soon, or at once as when all machines slept.
  timer(dice_.percent(40) ? 0 : dice_.between(0, 60'000), [this] {
    for (auto& node : nodes_) node->set_right();
  });
}

void SimWorld::check_ledger() {
  CalmDatabase database(disk_);
  LedgerCheck check;
  const auto done = run_here(run_ledger_check(check, database));
  if (!done.ok()) return books_.fail("ledger verify: " + done.error().detail);
  if (check.fault()) books_.fail("ledger verify: " + check.fault()->text);
}

void SimWorld::audit_log() {
  const auto fault = auditor_->audit();
  if (!fault.empty()) return books_.fail("receipt log: " + fault);
  if (auditor_->entries() != books_.receipts().size())
    return books_.fail("the receipt log has not as many entries as there are receipts");
  for (const auto& [rowid, receipt] : books_.receipts()) {
    const auto hash = protocol::parse_receipt_hash(receipt.hash);
    if (!hash || !auditor_->has(*hash))
      return books_.fail("receipt " + receipt.hash + " is not in the log");
  }
}

void SimWorld::audit_checkpoint(const SignedCheckpoint& seen) {
  audit_log();
  if (!auditor_->began_with(seen.head)) books_.fail("a checkpoint was given out of another log");
}

void SimWorld::check_all() {
  books_.compare_with_file();
  check_ledger();
  audit_log();
}

void SimWorld::become_quiet() {
  is_quiet_ = true;
  faults_.network = {};
  faults_.disk = {};
  for (auto& node : nodes_) node->set_right();
  operator_->make_peace();
}

bool SimWorld::has_ended() { return books_.open_jobs().empty() && books_.reserved_in_all() == 0; }

void SimWorld::run_until(std::uint64_t steps) {
  auto next_check = steps_ + kStepsPerCheck;
  while (steps_ < steps && books_.fault().empty()) {
    if (!time_.run_next()) return books_.fail("nothing happens any more");
    if (steps_ < next_check) continue;
    next_check = steps_ + kStepsPerCheck;
    check_all();
  }
}

SimResult SimWorld::run(std::uint64_t steps) {
  set_up();
  draw_faults();
  for (auto& node : nodes_) node->start();
  for (auto& customer : customers_) customer->start();
  operator_->start();
  fault_timers();
  if (books_.fault().empty()) run_until(steps);
  if (books_.fault().empty()) {
    become_quiet();
    const auto deadline = std::max(latest_wall_ms_, control_clock_.wall_ms()) + kQuietLimitMs;
    while (!has_ended() && control_clock_.wall_ms() < deadline && books_.fault().empty())
      run_until(steps_ + 20);
    if (books_.fault().empty() && !has_ended())
      books_.fail(fmt::format("jobs are stuck: {}", fmt::join(books_.open_jobs(), ", ")));
  }
  if (books_.fault().empty()) check_all();
  if (books_.fault().empty()) crash_world();
  SimResult out;
  out.fault = books_.fault();
  out.steps = steps_;
  out.commits = commits_;
  out.crashes = crashes_;
  out.receipts = std::ssize(books_.receipts());
  out.jobs = static_cast<std::int64_t>(books_.count_of_jobs());
  out.jobs_by_status = books_.jobs_by_status();
  out.met = met_;
  for (const auto& [move, count] : books_.moves()) out.met["job: " + move] += count;
  return out;
}

}  // namespace b3iq::control::sim
