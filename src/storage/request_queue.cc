#include "storage/request_queue.h"

#include <algorithm>
#include <exception>
#include <string>

#include "base/check.h"

namespace b3iq::storage {
namespace {

constexpr std::int64_t kRetryAfterMs = 1000;

struct Driven {
  struct promise_type {
    Driven get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
  };
};

Driven drive(Body& body, Transaction& transaction, std::optional<base::Status>& out) {
  try {
    out = co_await body(transaction);
  } catch (const std::exception& e) {
    out = base::Error(base::ErrorCode::internal,
                      std::string("a database operation threw: ") + e.what());
  }
}

}  // namespace

void start_body(Body& body, Transaction& transaction, std::optional<base::Status>& out) {
  drive(body, transaction, out);
}

base::Status run_body(Body& body, Transaction& transaction) {
  std::optional<base::Status> out;
  drive(body, transaction, out);
  B3_CHECK(out.has_value());
  return *std::move(out);
}

base::Status RequestQueue::push(Request& request) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) {
      return base::Error(base::ErrorCode::shutting_down,
                         "The database is closing; nothing was done.");
    }
    if (waiting_.size() >= limit_) {
      return base::Error(base::ErrorCode::overloaded,
                         "Too many operations wait for the database; try again in a moment.", {},
                         kRetryAfterMs);
    }
    waiting_.push_back(&request);
  }
  work_.notify_one();
  return {};
}

base::Task<base::Status> RequestQueue::submit(Body body, Isolation isolation) {
  B3_CHECK(base::Executor::current() != nullptr);
  Request request(std::move(body), isolation);
  auto start = [this, &request] {
    // Once pushed, the request may be finished and gone; it is touched here only when it was
    // refused.
    auto pushed = push(request);
    if (!pushed.ok()) request.arrival.set(std::move(pushed));
  };
  co_return co_await request.arrival.wait(start);
}

base::Status RequestQueue::submit_blocking(Body body) {
  Request request(std::move(body));
  request.waiter = Request::Waiter::thread;
  TRY_OK(push(request));
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [&] { return request.done; });
  return std::move(request.outcome);
}

std::vector<Request*> RequestQueue::take(std::size_t max,
                                         std::optional<std::chrono::milliseconds> patience) {
  std::unique_lock lock(mutex_);
  const auto ready = [this] { return closed_ || !waiting_.empty(); };
  if (patience) {
    work_.wait_for(lock, *patience, ready);
  } else {
    work_.wait(lock, ready);
  }
  const auto count = static_cast<std::ptrdiff_t>(std::min(max, waiting_.size()));
  std::vector<Request*> taken(waiting_.begin(), waiting_.begin() + count);
  waiting_.erase(waiting_.begin(), waiting_.begin() + count);
  return taken;
}

void RequestQueue::finish(std::span<Request* const> requests) {
  struct Batch {
    base::Executor* executor;
    std::vector<std::coroutine_handle<>> handles;
  };
  std::vector<Batch> batches;  // one for each executor; there are as many as event loops, so a few
  std::vector<Request*> threads;
  for (Request* request : requests) {
    if (request->waiter == Request::Waiter::thread) {
      threads.push_back(request);
      continue;
    }
    request->arrival.set_without_wake(std::move(request->outcome));
    base::Executor* const executor = request->arrival.executor();
    auto batch = batches.begin();
    while (batch != batches.end() && batch->executor != executor) ++batch;
    if (batch == batches.end()) batch = batches.insert(batch, Batch{executor, {}});
    batch->handles.push_back(request->arrival.handle());
  }
  // From here on a request may be gone as soon as its waiter knows.
  for (const auto& batch : batches) batch.executor->post(batch.handles);
  if (threads.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    for (Request* request : threads) request->done = true;
  }
  finished_.notify_all();
}

void RequestQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  work_.notify_all();
}

bool RequestQueue::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

std::size_t RequestQueue::size() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

}  // namespace b3iq::storage
