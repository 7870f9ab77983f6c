// One try to connect, on a thread of its own that may be left behind: libnats has no limit for a
// TLS handshake and for the look-up of a name, and its owner must go on, or end, without it. A
// thread that was left behind closes its connection, if it ever gets one, and ends; it knows
// nothing of its owner.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "base/result.h"
#include "control/wake/nats_link.h"
#include "control/wake/nats_settings.h"

namespace b3iq::control {

// What a healthy attempt may still take when its owner ends: a thread that is left behind while the
// process ends is best avoided.
inline constexpr std::int64_t kNatsEndMs = kNatsConnectMs + 500;

class NatsAttempt : public std::enable_shared_from_this<NatsAttempt> {
 public:
  // How many threads are left behind; shared with them.
  using LeftBehind = std::shared_ptr<std::atomic<int>>;
  explicit NatsAttempt(LeftBehind left_behind) : left_behind_(std::move(left_behind)) {}

  // Once.
  void begin(const NatsSettings& settings, const NatsServer& server);
  // Blocks until there is a link or an error, for `ms` at most, or until abandon(). Once, after
  // begin(). Errors: those of NatsLink::connect(); runtime_unreachable when it takes too long.
  base::Result<std::unique_ptr<NatsLink>> wait(std::int64_t ms);
  // Ends wait() within kNatsEndMs. Any thread.
  void abandon();

 private:
  void run(const NatsSettings& settings, const NatsServer& server);

  const LeftBehind left_behind_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::optional<base::Result<std::unique_ptr<NatsLink>>> result_;
  bool abandoned_ = false;
  bool left_ = false;  // the thread works for nobody
};

}  // namespace b3iq::control
