#include "base/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/single_thread_executor.h"

namespace b3iq::base {
namespace {

Task<int> number(int n) { co_return n; }

Task<int> sum_to(int n) {
  int total = 0;
  for (int i = 1; i <= n; ++i) total += co_await number(i);
  co_return total;
}

Task<int> nested(int depth) {
  if (depth == 0) co_return 0;
  const int below = co_await nested(depth - 1);
  co_return below + 1;
}

Task<> store(Task<int> task, int& out) { out = co_await std::move(task); }

TEST(Task, IsLazyAndRunsNestedTasks) {
  int out = -1;
  auto task = store(sum_to(100), out);
  EXPECT_EQ(out, -1);
  detach(std::move(task));
  EXPECT_EQ(out, 5050);
}

TEST(Task, DeepNestingUnwinds) {
  int out = -1;
  detach(store(nested(2000), out));
  EXPECT_EQ(out, 2000);
}

Task<int> thrower() {
  throw std::runtime_error("boom");
  co_return 0;
}

Task<> catcher(std::string& seen) {
  try {
    co_await thrower();
  } catch (const std::runtime_error& e) {
    seen = e.what();
  }
}

TEST(Task, AnExceptionReachesTheAwaiter) {
  std::string seen;
  detach(catcher(seen));
  EXPECT_EQ(seen, "boom");
}

Task<Result<int>> failing() { co_return Error(ErrorCode::not_found, "none"); }

Task<Result<int>> doubled(bool fail) {
  CO_TRY(const int n, fail ? co_await failing() : Result<int>(21));
  co_return n * 2;
}

Task<> keep(Task<Result<int>> task, std::vector<Result<int>>& out) {
  out.push_back(co_await std::move(task));
}

TEST(Task, CoTryLeavesWithTheError) {
  std::vector<Result<int>> out;
  detach(keep(doubled(false), out));
  detach(keep(doubled(true), out));
  EXPECT_EQ(*out[0], 42);
  EXPECT_EQ(out[1].error().detail, "none");
}

Task<std::unique_ptr<int>> move_only() { co_return std::make_unique<int>(5); }
Task<> take(int& out) {
  const auto owned = co_await move_only();
  out = *owned;
}

TEST(Task, ReturnsMoveOnlyValues) {
  int out = 0;
  detach(take(out));
  EXPECT_EQ(out, 5);
}

// Counts how many of its kind are alive, to see that frames are destroyed once.
struct Alive {
  explicit Alive(int& count) : count_(count) { ++count_; }
  Alive(const Alive&) = delete;
  Alive& operator=(const Alive&) = delete;
  ~Alive() { --count_; }
  int& count_;
};

struct Never {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};

Task<> hangs(int& alive) {
  const Alive local(alive);
  co_await Never{};
}

Task<> outer(int& alive) {
  const Alive local(alive);
  co_await hangs(alive);
}

// Starts a task by hand and leaves it suspended, as a connection that is torn down does.
struct Started {
  struct promise_type {
    Started get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};
Started start(Task<> task) { co_await std::move(task); }

TEST(Task, DestroyingASuspendedTaskDestroysItsWholeChain) {
  int alive = 0;
  const Started started = start(outer(alive));
  EXPECT_EQ(alive, 2);
  started.handle.destroy();
  EXPECT_EQ(alive, 0);
}

Task<> hold_argument(std::shared_ptr<int>) { co_return; }

TEST(Task, DestroyingAnUnstartedTaskFreesItsArguments) {
  auto shared = std::make_shared<int>(1);
  {
    const auto task = hold_argument(shared);
    EXPECT_EQ(shared.use_count(), 2);
  }
  EXPECT_EQ(shared.use_count(), 1);
}

TEST(Task, MoveAssignmentDestroysTheOldFrame) {
  auto a = std::make_shared<int>(1);
  auto b = std::make_shared<int>(2);
  auto task = hold_argument(a);
  task = hold_argument(b);
  EXPECT_EQ(a.use_count(), 1);
  EXPECT_EQ(b.use_count(), 2);
}

Task<int> arrives_from(SingleThreadExecutor& other, int value) {
  Arrival<int> arrival;
  auto begin = [&arrival, &other, value] { other.post([&arrival, value] { arrival.set(value); }); };
  co_return co_await arrival.wait(begin);
}

Task<bool> resumes_at_home(SingleThreadExecutor& other) {
  const auto before = std::this_thread::get_id();
  bool same = true;
  for (int i = 0; i < 1000; ++i) {
    const int got = co_await arrives_from(other, i);
    same = same && got == i && std::this_thread::get_id() == before;
  }
  co_return same;
}

TEST(Arrival, ResumesOnTheExecutorOfItsWaiter) {
  SingleThreadExecutor home, other;
  EXPECT_TRUE(home.run_task([&] { return resumes_at_home(other); }));
}

Task<int> arrives_inside_start() {
  Arrival<int> arrival;
  auto begin = [&arrival] { arrival.set(3); };
  co_return co_await arrival.wait(begin);
}

TEST(Arrival, MayBeSetInsideStart) {
  SingleThreadExecutor home;
  EXPECT_EQ(home.run_task(arrives_inside_start), 3);
}

Task<> collect(std::vector<Arrival<int>*>& waiting, int& sum) {
  Arrival<int> arrival;
  auto begin = [&arrival, &waiting] { waiting.push_back(&arrival); };
  sum += co_await arrival.wait(begin);
}

TEST(Arrival, ManyAreWokenWithOnePost) {
  SingleThreadExecutor home;
  std::vector<Arrival<int>*> waiting;
  int sum = 0;
  std::promise<void> started, finished;
  home.post([&] {
    for (int i = 0; i < 10; ++i) detach(collect(waiting, sum));
    started.set_value();
  });
  started.get_future().get();
  std::vector<std::coroutine_handle<>> handles;
  for (auto* arrival : waiting) {
    EXPECT_EQ(arrival->executor(), &home);
    handles.push_back(arrival->handle());
    arrival->set_without_wake(2);
  }
  home.post(handles);
  home.post([&] { finished.set_value(); });
  finished.get_future().get();
  EXPECT_EQ(sum, 20);
}

TEST(Executor, CurrentIsSetOnItsThreadOnly) {
  SingleThreadExecutor executor;
  std::promise<Executor*> inside;
  executor.post([&] { inside.set_value(Executor::current()); });
  EXPECT_EQ(inside.get_future().get(), &executor);
  EXPECT_EQ(Executor::current(), nullptr);
}

TEST(Executor, ExceptionsReachRunTask) {
  SingleThreadExecutor executor;
  EXPECT_THROW(executor.run_task(thrower), std::runtime_error);
}

}  // namespace
}  // namespace b3iq::base
