#include "agent/routing/call_queue.h"

#include <gtest/gtest.h>

#include <map>

#include "agent/cli/run_task.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

// Calls that wait, by name: what became of each, and in which order they got a place.
class Callers {
 public:
  Callers(CallQueue& queue, http::EventLoop& loop) : queue_(queue), loop_(loop) {}

  void call(const std::string& name, const std::string& account, base::CancelToken cancel = {}) {
    base::detach(enter(name, account, cancel));
  }
  // Ends the running call of that name.
  void finish(const std::string& name) { places_.erase(name); }
  Task<Status> until_settled(const std::string& name) {
    while (!outcomes_.contains(name)) co_await loop_.sleep(1);
    co_return Status();
  }

  std::vector<std::string> order;
  std::map<std::string, ErrorCode> refused;

 private:
  Task<void> enter(std::string name, std::string account, base::CancelToken cancel) {
    auto place = co_await queue_.enter(account, cancel);
    outcomes_[name] = place.ok();
    if (place.ok()) {
      order.push_back(name);
      places_[name] = std::move(place).value();
    } else {
      refused[name] = place.error().code;
      EXPECT_TRUE(place.error().code != ErrorCode::overloaded || place.error().retry_after_ms > 0);
    }
  }

  CallQueue& queue_;
  http::EventLoop& loop_;
  std::map<std::string, CallQueue::Place> places_;
  std::map<std::string, bool> outcomes_;
};

base::Error stopping() { return {ErrorCode::shutting_down, "stopping"}; }

class CallQueueTest : public ::testing::Test {
 protected:
  void make(QueueLimits limits) {
    queue_.emplace(limits, base::system_clock(), loop_);
    callers_.emplace(*queue_, loop_);
  }
  template <class F>
  void on_loop(F steps) {
    ASSERT_TRUE(run_task(loop_, run(steps)).ok());
  }
  ~CallQueueTest() override {
    if (!queue_) return;
    queue_->close(stopping());
    EXPECT_TRUE(run_task(loop_, drained()).ok());
    callers_.reset();
  }

  http::EventLoop loop_;
  std::optional<CallQueue> queue_;
  std::optional<Callers> callers_;

 private:
  template <class F>
  Task<Status> run(F& steps) {
    co_return co_await steps(*callers_);
  }
  Task<Status> drained() {
    while (!queue_->idle()) co_await loop_.sleep(1);
    co_return Status();
  }
};

using Names = std::vector<std::string>;

TEST_F(CallQueueTest, WithoutALimitNothingWaits) {
  make({});
  on_loop([](Callers& c) -> Task<Status> {
    for (int i = 0; i < 100; ++i) c.call(std::to_string(i), "a");
    co_return co_await c.until_settled("99");
  });
  EXPECT_EQ(callers_->order.size(), 100U);
}

TEST_F(CallQueueTest, APlaceGoesToTheAccountsInTurn) {
  make({.running = 1});
  on_loop([](Callers& c) -> Task<Status> {
    for (const auto* name : {"a1", "a2", "a3", "a4"}) c.call(name, "a");
    c.call("b1", "b");
    c.call("b2", "b");
    c.call("c1", "c");
    for (const auto* name : {"a1", "a2", "b1", "c1", "a3", "b2", "a4"}) {
      CO_TRY_OK(co_await c.until_settled(name));
      c.finish(name);
    }
    co_return Status();
  });
  EXPECT_EQ(callers_->order, (Names{"a1", "a2", "b1", "c1", "a3", "b2", "a4"}));
}

TEST_F(CallQueueTest, AFullQueueRefusesTheOneWhoFilledIt) {
  make({.running = 1, .waiting = 3});
  on_loop([](Callers& c) -> Task<Status> {
    for (const auto* name : {"a0", "a1", "a2", "a3", "a4"}) c.call(name, "a");
    // Another account's first call takes the place of the newest of the one that has most.
    c.call("b1", "b");
    co_return co_await c.until_settled("a3");
  });
  EXPECT_EQ(callers_->refused, (std::map<std::string, ErrorCode>{{"a4", ErrorCode::overloaded},
                                                                 {"a3", ErrorCode::overloaded}}));
  EXPECT_EQ(queue_->waiting(), 3);
}

TEST_F(CallQueueTest, ACallerThatGoesLeavesTheQueue) {
  make({.running = 1});
  base::CancelSource source;
  on_loop([&source](Callers& c) -> Task<Status> {
    c.call("a0", "a");
    c.call("a1", "a", source.token());
    c.call("a2", "a");
    source.cancel();
    CO_TRY_OK(co_await c.until_settled("a1"));
    c.finish("a0");
    co_return co_await c.until_settled("a2");
  });
  EXPECT_EQ(callers_->refused.at("a1"), ErrorCode::cancelled);
  EXPECT_EQ(callers_->order, (Names{"a0", "a2"}));
}

TEST_F(CallQueueTest, AWaitIsBounded) {
  make({.running = 1, .wait_ms = 50});
  on_loop([](Callers& c) -> Task<Status> {
    c.call("a0", "a");
    c.call("a1", "a");
    c.call("a2", "a");
    CO_TRY_OK(co_await c.until_settled("a1"));
    co_return co_await c.until_settled("a2");
  });
  EXPECT_EQ(callers_->refused.size(), 2U);
  EXPECT_EQ(callers_->refused.at("a1"), ErrorCode::overloaded);
  EXPECT_EQ(queue_->waiting(), 0);
}

TEST_F(CallQueueTest, ClosingRefusesThoseWhoWaitAndThoseWhoCome) {
  make({.running = 1});
  on_loop([this](Callers& c) -> Task<Status> {
    c.call("a0", "a");
    c.call("a1", "a");
    queue_->close(stopping());
    c.call("a2", "a");
    CO_TRY_OK(co_await c.until_settled("a1"));
    co_return co_await c.until_settled("a2");
  });
  EXPECT_EQ(callers_->refused.at("a1"), ErrorCode::shutting_down);
  EXPECT_EQ(callers_->refused.at("a2"), ErrorCode::shutting_down);
}

}  // namespace
}  // namespace b3iq::agent
