// Replicas wake each other through NATS: what is announced on one is announced on all that are
// connected. Losing a wake costs time and nothing else, since every replica also looks at the
// database by itself; so nothing is kept for a server that is away, nothing is said twice, and both
// queues are short. Anybody who may publish to the subject can forge a wake, which makes a replica
// look into its database: at most kMaxHeardPerSecond times a second, at nodes that wait here.
//
// Loop thread, unless a function says otherwise. It has a thread of its own ("wake") that connects
// and publishes, and its link has two more (docs/threads.md).
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/executor.h"
#include "base/metrics.h"
#include "base/random.h"
#include "control/commands/command_wake.h"
#include "control/wake/heard_wakes.h"
#include "control/wake/nats_attempt.h"
#include "control/wake/nats_link.h"
#include "control/wake/nats_settings.h"
#include "control/wake/waiting_nodes.h"

namespace b3iq::control {

// Between two rounds over all servers; doubles from the first to the longest, less up to a half by
// chance. A connection that held kSettledMs begins anew with the first.
inline constexpr std::int64_t kFirstNatsPauseMs = 250;
inline constexpr std::int64_t kLongestNatsPauseMs = 5'000;
inline constexpr std::int64_t kSettledMs = 10'000;
// Longer than kNatsConnectMs, which is for the steps that libnats limits.
inline constexpr std::int64_t kNatsAttemptMs = 6'000;
inline constexpr int kMaxNatsLeftBehind = 4;  // attempts that hang; no new one beyond

class NatsWake final : public CommandWake, private NatsReceiver {
 public:
  struct Parts {
    base::Executor& loop;
    const base::Clock& clock;
    base::Random& random;  // may be used on any thread
    base::Metrics& metrics;
    CommandWake& local;  // the polls of this replica
  };
  // Starts at once and connects for as long as it lives.
  NatsWake(NatsSettings settings, Parts parts);
  // Waits for its thread: for kNatsEndMs when a server hangs, else hardly.
  ~NatsWake() override;
  NatsWake(const NatsWake&) = delete;
  NatsWake& operator=(const NatsWake&) = delete;

  // Here, and on the other replicas.
  void announce(std::string_view node_id) override;
  // Any thread.
  bool hears_others() const override { return connected_.load(std::memory_order_relaxed); }
  // For /health/ready: why replicas do not wake each other now, "" while they do. The replica is
  // ready all the same. Any thread.
  std::string degraded() const;

 private:
  void on_message(std::string_view payload) noexcept override;
  void on_lost() noexcept override;

  void run();
  // Over all servers once, from settings_.servers[next_] on; null when none will do.
  std::unique_ptr<NatsLink> connect_to_one();
  base::Result<std::unique_ptr<NatsLink>> attempt(const NatsServer& server);
  // Until the link is lost or the wake is to end.
  void serve(NatsLink& link);
  void publish(NatsLink& link, std::span<const std::string> node_ids);
  void wait_ms(std::int64_t ms);
  bool stopping() const;

  const NatsSettings settings_;
  const Parts parts_;
  base::Gauge& connected_gauge_;
  base::Counter& connects_;
  base::Counter& published_;
  base::Counter& unconnected_;
  base::Counter& outgoing_full_;
  base::Counter& dropped_by_client_;
  std::atomic<bool> connected_ = false;
  const std::shared_ptr<HeardWakes> heard_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  WaitingNodes outgoing_;
  bool stopping_ = false;
  bool lost_ = false;
  std::string failure_;                   // why it is not connected; "" while it is
  std::shared_ptr<NatsAttempt> attempt_;  // under way, or null

  const NatsAttempt::LeftBehind left_behind_;
  std::size_t next_ = 0;  // of the thread

  std::thread thread_;  // last: it starts in the constructor
};

}  // namespace b3iq::control
