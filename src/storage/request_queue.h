// Bodies that wait for a database thread, and how their callers are told. Submitting: any thread.
// Taking: the database's threads. A request lives in the frame or on the stack of its caller until
// it is finished.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "storage/database.h"

namespace b3iq::storage {

struct Request {
  explicit Request(Body b, Isolation i = Isolation::serializable)
      : body(std::move(b)), isolation(i) {}

  Body body;
  Isolation isolation;
  base::Status outcome;  // set by the database thread before finish()
  base::Arrival<base::Status> arrival;
  enum class Waiter : std::uint8_t { coroutine, thread };
  Waiter waiter = Waiter::coroutine;
  bool done = false;  // for a waiting thread; guarded by the queue's mutex
};

class RequestQueue {
 public:
  explicit RequestQueue(std::size_t limit) : limit_(limit) {}

  // Queues `body` and resumes the caller on its executor when it is finished.
  // Errors: the body's; overloaded when `limit` wait already; shutting_down after close().
  base::Task<base::Status> submit(Body body, Isolation isolation = Isolation::serializable);
  base::Status submit_blocking(Body body);

  // Waits for work, at most `patience` when given, and takes up to `max` requests. An empty answer
  // means that patience ran out or, when closed() holds, that nothing will come any more.
  std::vector<Request*> take(std::size_t max,
                             std::optional<std::chrono::milliseconds> patience = std::nullopt);
  // Tells the callers their outcome; each executor is woken once.
  void finish(std::span<Request* const> requests);

  // Refuses new requests from now on. What waits is still handed out.
  void close();
  bool closed() const;
  std::size_t size() const;

 private:
  base::Status push(Request& request);

  const std::size_t limit_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable work_;
  std::condition_variable finished_;
  std::deque<Request*> waiting_;
  bool closed_ = false;
};

// Starts a body on this thread; `out` is set when it ends, on the thread that resumes it then. One
// that throws fails with `internal`. `body` and `transaction` outlive it.
void start_body(Body& body, Transaction& transaction, std::optional<base::Status>& out);

// Runs a body to its end on this thread. A body that awaits anything but its transaction ends the
// process; one that throws fails with `internal`.
base::Status run_body(Body& body, Transaction& transaction);

}  // namespace b3iq::storage
