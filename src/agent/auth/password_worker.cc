#include "agent/auth/password_worker.h"

#include "crypto/password.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

template <class T, class F>
Task<Result<T>> PasswordWorker::run(F work, int room) {
  if (queued_ >= room) {
    co_return Error(ErrorCode::overloaded, "Too many logins wait at once. Try again in a moment.");
  }
  if (!thread_) thread_ = std::make_unique<base::SingleThreadExecutor>();
  ++queued_;
  base::Arrival<Result<T>> arrival;
  auto start = [this, &arrival, &work] {
    thread_->post([&arrival, &work] { arrival.set(work()); });
  };
  auto result = co_await arrival.wait(start);
  --queued_;
  co_return result;
}

Task<Result<std::string>> PasswordWorker::hash(crypto::Secret password) {
  auto work = [&password]() -> Result<std::string> { return crypto::hash_password(password); };
  co_return co_await run<std::string>(work, kMaxQueuedPasswords);
}

Task<Result<bool>> PasswordWorker::verify(std::string hash, crypto::Secret password, int room) {
  auto work = [&hash, &password]() -> Result<bool> {
    return crypto::verify_password(hash, password);
  };
  co_return co_await run<bool>(work, room);
}

}  // namespace b3iq::agent
