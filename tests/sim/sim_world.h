// Everything of one simulated run: the disk, the processes of the control plane, the network, and
// who uses them. One seed is one run.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "books.h"
#include "control/receipts/testing/log_auditor.h"
#include "sim_replica.h"
#include "storage/sqlite/temporary_folder.h"
#include "virtual_time.h"

namespace b3iq::control::sim {

class SimNode;
class SimCustomer;
class SimOperator;

// Per thousand messages.
struct NetworkFaults {
  std::int64_t lost = 0;
  std::int64_t doubled = 0;
  std::int64_t late = 0;  // by up to minutes: behind what was sent later
};

struct Faults {
  NetworkFaults network;
  DiskFaults disk;
  std::int64_t node_crash_every_ms = 0;   // of one node, about; 0: never
  std::int64_t world_crash_every_ms = 0;  // of the control plane, about
  std::int64_t clock_jump_every_ms = 0;
  std::int64_t hostile = 0;  // per thousand jobs: what their nodes answer is not what it should be
};

struct SimResult {
  std::string fault;  // "" when all held
  std::uint64_t steps = 0;
  std::uint64_t commits = 0;
  std::uint64_t crashes = 0;
  std::int64_t receipts = 0;
  std::int64_t jobs = 0;
  std::map<std::string, std::int64_t> jobs_by_status;  // status/billing
  // What was met, and how often: that the run was worth something.
  std::map<std::string, std::int64_t> met;
};

class SimWorld {
 public:
  explicit SimWorld(std::uint64_t seed);
  ~SimWorld();
  SimWorld(const SimWorld&) = delete;
  SimWorld& operator=(const SimWorld&) = delete;

  // `steps` under faults, then none any more until all has ended. A step is one message that
  // arrives, one timer, one crash or start, or one act of a customer or an operator.
  SimResult run(std::uint64_t steps);

  // For those who live in it.
  VirtualTime& time() { return time_; }
  Dice& dice() { return dice_; }
  Books& books() { return books_; }
  MachineClock& control_clock() { return control_clock_; }
  const Faults& faults() const { return faults_; }
  bool is_quiet() const { return is_quiet_; }
  const protocol::ControlPlaneIdentity& identity() const { return identity_; }
  std::vector<std::unique_ptr<SimNode>>& nodes() { return nodes_; }
  std::vector<std::unique_ptr<SimCustomer>>& customers() { return customers_; }
  void step() { ++steps_; }
  std::uint64_t steps() const { return steps_; }
  void meet(const std::string& what) { ++met_[what]; }
  // "asked: ok", or with the error's code.
  template <class T>
  void meet(const std::string& asked, const base::Result<T>& answer) {
    meet(asked + ": " +
         (answer.ok() ? "ok" : std::string(base::error_info(answer.error().code).wire_name)));
  }
  // `act` after the time, as a step.
  void timer(std::int64_t delay_ms, std::function<void()> act);
  // About every `ms`: from half of it to one and a half.
  std::int64_t about(std::int64_t ms) { return dice_.between(ms / 2, ms + ms / 2); }

  // One message: lost, late or twice, as it comes.
  void carry(std::function<void()> arrives);

  template <class Answer>
  using Handler = std::function<base::Task<Answer>(SimReplica&)>;
  template <class Answer>
  using Taker = std::function<void(const Answer&)>;
  // Asks a process that lives: `handle` runs there; `promised` sees the answer there as it is made,
  // and `taken` where it arrives, if it does.
  template <class Answer>
  void call(Handler<Answer> handle, Taker<Answer> promised, Taker<Answer> taken) {
    carry([this, handle = std::move(handle), promised = std::move(promised),
           taken = std::move(taken)] {
      if (auto replica = some_replica())
        base::detach(serve<Answer>(std::move(replica), handle, promised, taken));
    });
  }
  // The same from a machine beside it: nothing of it is lost but by a crash.
  template <class Answer>
  void local(Handler<Answer> handle, Taker<Answer> done) {
    if (auto replica = some_replica())
      base::detach(serve<Answer>(std::move(replica), handle, done, nullptr));
  }
  void audit_checkpoint(const SignedCheckpoint& seen);
  // Into the file, before the first step.
  void calm_write(storage::Body body);

 private:
  using Replica = std::shared_ptr<SimReplica>;
  template <class Answer>
  base::Task<void> serve(Replica replica, Handler<Answer> handle, Taker<Answer> promised,
                         Taker<Answer> taken) {
    auto task = handle(*replica);
    auto answer = std::make_shared<const Answer>(co_await std::move(task));
    if (!replica->is_alive) co_return;
    if (promised) promised(*answer);
    if (!taken) co_return;
    auto arrives = [taken, answer] { taken(*answer); };
    carry(std::move(arrives));
  }
  Replica some_replica();
  ReplicaGround ground(std::size_t place);
  void set_up();
  void draw_faults();
  void start_replica(std::size_t place);
  void crash_replica(std::size_t place);
  void crash_world();
  void sweep_timers(const Replica& replica);
  // Again and again, as steps, while `act` says so.
  void repeat(std::function<std::int64_t()> pause_ms, std::function<bool()> act);
  void fault_timers();
  void jump_clock();
  void set_control_clocks(std::int64_t offset_ms);
  void check_all();
  void check_ledger();
  void audit_log();
  void become_quiet();
  bool has_ended();
  void run_until(std::uint64_t steps);

  Dice dice_;
  VirtualTime time_;
  MachineClock control_clock_{time_};
  MachineClock second_clock_{time_};  // of the second replica's machine
  std::int64_t second_is_ahead_ms_ = 0;
  Faults faults_;
  Books books_;
  storage::TemporaryFolder folder_{storage::TemporaryFolder::Where::memory};
  ControlHome home_{folder_.file("home")};
  protocol::ControlPlaneIdentity identity_;
  protocol::RouterMasterSecret router_master_;
  http::EventLoop loop_;
  SimDisk disk_;
  std::optional<protocol::ReceiptLogKey> log_key_;
  std::vector<Replica> replicas_;  // null while it is down
  std::optional<LogAuditor> auditor_;
  std::vector<std::unique_ptr<SimNode>> nodes_;
  std::vector<std::unique_ptr<SimCustomer>> customers_;
  std::unique_ptr<SimOperator> operator_;
  bool is_quiet_ = false;
  std::uint64_t steps_ = 0;
  std::uint64_t crashes_ = 0;
  std::uint64_t commits_ = 0;
  std::int64_t latest_wall_ms_ = 0;  // that the control plane's clock ever showed
  std::map<std::string, std::int64_t> met_;
};

}  // namespace b3iq::control::sim
