// Asks the control plane for commands by a long poll of its own, so that a command does not wait
// for a heartbeat; does them, a few at once, each at most once; renews their leases by the next
// poll. Loop thread only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/sync/command_work.h"
#include "agent/sync/result_sender.h"

namespace b3iq::agent {

// So many private jobs may be with the runtimes at once, or wait there.
inline constexpr std::int64_t kMaxRunningCommands = 12;
static_assert(kMaxRunningCommands < static_cast<std::int64_t>(protocol::kMaxHeldCommands),
              "a poll names what runs and what waits to be brought");
// Behind an answer that came at once, brought nothing and ended nothing.
inline constexpr std::int64_t kShortestPollMs = 1'000;
// A long poll may take so much longer than it asked for.
inline constexpr std::int64_t kPollGraceMs = 15'000;

class CommandLoop {
 public:
  struct Needs {
    ControlLink& link;
    CommandJournal& journal;
    CommandWork& work;
    WakeClock& wake;
    base::Random& random;
    const protocol::NodeIdentity& identity;
    std::int64_t boot_epoch;
    std::function<bool(protocol::CommandKind)> allowed;
    // For the audit log: "command.started" or "command.refused", and what.
    std::function<void(std::string_view act, const CommandEntry& entry)> note;
    std::function<void()> changed;  // something that the report tells
  };
  explicit CommandLoop(Needs needs);

  void start();
  // Ends the poll and what runs. What was not done stays as it is, for the next start.
  void close();
  // The same, but private jobs go on until close(): somebody waits for them, and none is begun
  // twice.
  void stop_taking();
  // A private job runs, or a result is being brought and that has not failed.
  bool finishing() const;
  bool idle() const { return !polling_ && runs_.empty() && results_.idle(); }
  // A heartbeat was taken: the control plane is there, so what waits only because it was not is
  // tried now. Advice of the control plane to wait is kept.
  void heartbeat_taken();

  struct Running {
    protocol::CommandId id;
    protocol::CommandKind kind;
    CommandProgress progress;
  };
  std::vector<Running> running() const;

 private:
  struct Run {
    CommandProgress progress;
    base::CancelSource cancel;
    std::optional<protocol::LeaseToken> lost;  // the lease that was
    bool again = false;  // it has a newer lease: it begins anew when this run has ended
  };

  base::Task<void> poll_on();
  protocol::PollRequest request() const;
  std::int64_t free_places() const;
  // Whether what `kind` says is to end, or not to begin.
  bool ends(protocol::CommandKind kind) const;
  bool ends_held(const protocol::PollRequest& asked) const;
  base::Task<void> take(const protocol::PollRequest& asked, const protocol::PollAnswer& answer);
  base::Task<void> take_command(const protocol::LeasedCommand& command);
  base::Task<void> take_unreadable(const protocol::UnreadableCommand& command);
  bool is_retried(const CommandEntry& entry) const;
  enum class Taken : std::uint8_t { nothing, new_one, open_one, done_one };
  base::Task<Taken> keep_lease(CommandEntry fresh);
  base::Task<void> go_on(protocol::CommandId id, Taken taken);
  base::Task<void> take_lease(const protocol::HeldCommand& held, const protocol::HeldLease& lease);

  void begin(const protocol::CommandId& id);
  base::Task<void> run(protocol::CommandId id);
  base::Task<base::Status> perform(const protocol::CommandId& id, Run& run);
  // What becomes of the command whose work gave `outcome`, on disk.
  base::Task<base::Status> settle(const protocol::CommandId& id, Run& run,
                                  base::Result<protocol::CommandOutcome> outcome);
  base::Task<base::Status> stop_lost(const protocol::CommandId& id, Run& run);
  base::Task<base::Status> finish(protocol::CommandId id,
                                  base::Result<protocol::CommandOutcome> outcome);
  base::Task<base::Status> fail(const protocol::CommandId& id, base::ErrorCode code,
                                std::string detail);
  base::Task<base::Status> keep_result(const protocol::CommandId& id,
                                       protocol::CommandResult result);
  base::Task<void> resume_open();
  base::Task<void> begin_again(protocol::CommandId id);
  void tell() const {
    if (needs_.changed) needs_.changed();
  }

  Needs needs_;
  std::unique_ptr<WakeTimer> timer_;
  Backoff backoff_;
  ResultSender results_;
  base::CancelSource closing_;
  std::unique_ptr<base::CancelSource> poll_stop_;
  std::map<protocol::CommandId, std::unique_ptr<Run>> runs_;
  std::int64_t cursor_ = 0;
  std::int64_t last_max_ = 0;  // of the poll that is under way
  bool advised_ = false;       // the control plane said when to come back
  bool polling_ = false;
  bool takes_ = true;  // commands
};

}  // namespace b3iq::agent
