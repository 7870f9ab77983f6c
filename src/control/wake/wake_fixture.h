// For tests: a replica's half of the wake, a client that says what it likes, and waiting.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/single_thread_executor.h"
#include "control/wake/nats_wake.h"
#include "control/wake/testing/test_nats.h"

namespace b3iq::control::fixture {

inline constexpr std::chrono::seconds kPatience{60};

// A well-formed node id for each number.
std::string node_id(std::uint64_t number);

// Waits until `condition` holds, up to kPatience.
bool eventually(const std::function<bool()>& condition);

// The polls of a replica: what was announced to them, how often. Any thread.
class Polls final : public CommandWake {
 public:
  void announce(std::string_view node_id) override;
  int times(const std::string& node_id) const;
  int all() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, int, std::less<>> by_node_;
};

// Runs `work` on the executor and waits for it.
void run_on(base::Executor& loop, std::function<void()> work);

class Replica {
 public:
  explicit Replica(NatsSettings settings);
  ~Replica();
  void announce(const std::string& node_id);
  bool connected() const { return wake_->hears_others(); }
  bool connects() const {
    return eventually([this] { return connected(); });
  }
  std::string degraded() const { return wake_->degraded(); }
  double counted(const std::string& name, const std::string& reason = "") const;
  const Polls& polls() const { return polls_; }
  base::Executor& loop() { return loop_; }
  NatsWake& wake() { return *wake_; }

 private:
  Polls polls_;
  base::Metrics metrics_;
  base::SingleThreadExecutor loop_;
  std::unique_ptr<NatsWake> wake_;
};

NatsSettings settings_for(const std::vector<std::uint16_t>& ports);

// Speaks to a server without libnats.
class RawNats {
 public:
  explicit RawNats(std::uint16_t port);
  ~RawNats();
  void publish(const std::string& subject, const std::string& payload);
  // Returns when the server has taken all that was published.
  void flush();

 private:
  void send(std::string_view bytes) const;
  int fd_;
};

}  // namespace b3iq::control::fixture

#define B3_NEEDS_NATS() \
  if (const auto why = ::b3iq::control::TestNats::missing(); !why.empty()) GTEST_SKIP() << why
