// Argon2id beside the loop: one thread, one hash at a time (80 ms and 64 MiB each), a bounded
// queue. A flood of logins costs one core and 64 MiB, never the loop. The thread starts with the
// first use.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "base/single_thread_executor.h"
#include "base/task.h"
#include "crypto/secret.h"

namespace b3iq::agent {

inline constexpr int kMaxQueuedPasswords = 16;
// Those of strangers: a flood of their logins leaves room for everybody else's.
inline constexpr int kMaxQueuedOfStrangers = 8;

class PasswordWorker {
 public:
  // Both are called on an executor's thread and resume there. Errors: overloaded when `room` or
  // more wait; those of crypto::hash_password.
  base::Task<base::Result<std::string>> hash(crypto::Secret password);
  base::Task<base::Result<bool>> verify(std::string hash, crypto::Secret password,
                                        int room = kMaxQueuedPasswords);

 private:
  template <class T, class F>
  base::Task<base::Result<T>> run(F work, int room);

  int queued_ = 0;  // on the caller's thread
  std::unique_ptr<base::SingleThreadExecutor> thread_;
};

}  // namespace b3iq::agent
