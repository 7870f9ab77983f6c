// Tells the control plane that the node lives, at the pace that it asks for; inventory and
// readiness in full only when it asks for them. No fault ends the loop: what may pass is tried
// again with back-off, what will not pass by itself (removed, superseded) slowly. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/sync/backoff.h"
#include "agent/sync/control_link.h"
#include "agent/sync/node_view.h"

namespace b3iq::agent {

// Between beats that nobody expects to succeed.
inline constexpr std::int64_t kSlowBeatMs = 600'000;
inline constexpr std::int64_t kSuspendedBeatMs = 60'000;

// How the node and its control plane stand to each other.
enum class LinkState : std::uint8_t {
  connecting,   // no heartbeat was accepted since the start
  connected,    // the last one was
  unreachable,  // the last one failed; it is tried again
  suspended,
  removed,    // or not known there
  superseded  // another machine runs with this identity
};
std::string_view link_state_name(LinkState state);
// Of a heartbeat that failed.
LinkState state_after(base::ErrorCode code);

struct LinkReport {
  LinkState state = LinkState::connecting;
  std::optional<std::int64_t> last_heartbeat_at_ms;  // accepted, by this machine's clock
  std::optional<base::Error> error;                  // of the last one, when it failed
  std::vector<protocol::NodeNotice> notices;
};

class HeartbeatLoop {
 public:
  struct Needs {
    ControlLink& link;
    const NodeView& view;
    WakeClock& wake;
    const base::Clock& clock;
    base::Random& random;
    std::int64_t boot_epoch;
  };
  HeartbeatLoop(const Needs& needs, std::int64_t interval_ms);

  // Called after each heartbeat that was accepted.
  void on_answer(std::function<void(const protocol::HeartbeatAnswer&)> told) {
    told_ = std::move(told);
  }
  // Called when the report has become another: after each heartbeat, taken or not.
  void on_change(std::function<void()> changed) { changed_ = std::move(changed); }

  void start();
  // Ends the loop, and a request that is under way; idle() when that is done.
  void close();
  bool idle() const { return !running_; }
  // The next one goes out at once.
  void beat_now() { timer_->wake(); }
  const LinkReport& report() const { return report_; }

 private:
  base::Task<void> run();
  base::Task<base::Result<protocol::HeartbeatAnswer>> beat();
  base::Task<base::Status> send_wanted(const protocol::HeartbeatAnswer& answer);
  std::int64_t accepted(const protocol::HeartbeatAnswer& answer);
  std::int64_t failed(base::Error error);
  void set_report(LinkReport report);

  Needs needs_;
  std::int64_t interval_ms_;
  std::unique_ptr<WakeTimer> timer_;
  Backoff backoff_;
  base::CancelSource closing_;
  LinkReport report_;
  std::function<void(const protocol::HeartbeatAnswer&)> told_;
  std::function<void()> changed_;
  bool running_ = false;
};

}  // namespace b3iq::agent
