#include "control/wake/nats_attempt.h"

#include <chrono>
#include <thread>

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;

void NatsAttempt::begin(const NatsSettings& settings, const NatsServer& server) {
  std::thread([self = shared_from_this(), settings, server] {
    self->run(settings, server);
  }).detach();
}

void NatsAttempt::run(const NatsSettings& settings, const NatsServer& server) {
  auto result = NatsLink::connect(settings, server);
  const std::lock_guard lock(mutex_);
  result_ = std::move(result);
  if (left_) {
    result_.reset();
    left_behind_->fetch_sub(1);
  }
  changed_.notify_all();
}

Result<std::unique_ptr<NatsLink>> NatsAttempt::wait(std::int64_t ms) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(ms),
                    [this] { return result_.has_value() || abandoned_; });
  if (abandoned_) {
    changed_.wait_for(lock, std::chrono::milliseconds(kNatsEndMs),
                      [this] { return result_.has_value(); });
  }
  if (result_) {
    auto result = *std::move(result_);
    result_.reset();
    return result;
  }
  left_ = true;
  left_behind_->fetch_add(1);
  return Error(ErrorCode::runtime_unreachable,
               "A NATS server took the connection and did not go on with it, or its name could not "
               "be looked up in time. Check 'nats' in config.json and the server.");
}

void NatsAttempt::abandon() {
  const std::lock_guard lock(mutex_);
  abandoned_ = true;
  changed_.notify_all();
}

}  // namespace b3iq::control
