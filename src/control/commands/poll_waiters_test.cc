#include "control/commands/poll_waiters.h"

#include <gtest/gtest.h>

#include <optional>

#include "http/event_loop.h"

namespace b3iq::control {
namespace {

class PollWaitersTest : public ::testing::Test {
 protected:
  using Outcome = std::optional<PollWaiters::Why>;
  static base::Task<void> keep(PollWaiters& waiters, std::string_view node, std::int64_t deadline,
                               base::CancelToken cancel, Outcome& out) {
    out = co_await waiters.wait(node, deadline, cancel);
  }
  // On the loop, as a handler does.
  void begin(std::string_view node, std::int64_t wait_ms, Outcome& out,
             base::CancelToken cancel = {}) {
    const auto deadline = clock_.steady_ns() + wait_ms * 1'000'000;
    loop_.post([this, node, deadline, cancel, &out] {
      base::detach(keep(waiters_, node, deadline, cancel, out));
    });
    loop_.settle();
  }

  base::FakeClock clock_;
  http::EventLoop loop_;
  PollWaiters waiters_{clock_};
};

TEST_F(PollWaitersTest, AnAnnouncementWakesItsNodeAlone) {
  Outcome a;
  Outcome b;
  begin("a", 1000, a);
  begin("b", 1000, b);
  EXPECT_EQ(waiters_.size(), 2U);
  waiters_.announce("a");
  loop_.settle();
  EXPECT_EQ(a, PollWaiters::Why::announced);
  EXPECT_FALSE(b.has_value());
  waiters_.announce("nobody");
  waiters_.close();
  loop_.settle();
  EXPECT_EQ(b, PollWaiters::Why::cancelled);
}

TEST_F(PollWaitersTest, TheNextTickComesAboutWhenTheNextWaitIsOver) {
  EXPECT_EQ(waiters_.next_tick_ms(), kMaxPollTickMs) << "nobody waits";
  Outcome late;
  Outcome early;
  begin("late", 2000, late);
  EXPECT_EQ(waiters_.next_tick_ms(), kMaxPollTickMs) << "a shorter wait may begin";
  begin("early", 100, early);
  EXPECT_EQ(waiters_.next_tick_ms(), 100);
  clock_.advance_ms(95);
  EXPECT_EQ(waiters_.next_tick_ms(), kMinPollTickMs) << "whose ends lie closer end together";
  clock_.advance_ms(50);
  EXPECT_EQ(waiters_.next_tick_ms(), kMinPollTickMs);
  waiters_.close();
  loop_.settle();
}

TEST_F(PollWaitersTest, EachWaitEndsAtItsOwnTime) {
  Outcome early;
  Outcome late;
  begin("late", 2000, late);
  begin("early", 1000, early);
  clock_.advance_ms(1000);
  waiters_.tick();
  loop_.settle();
  EXPECT_EQ(early, PollWaiters::Why::time_is_up);
  EXPECT_FALSE(late.has_value());
  clock_.advance_ms(1000);
  waiters_.tick();
  loop_.settle();
  EXPECT_EQ(late, PollWaiters::Why::time_is_up);
  EXPECT_EQ(waiters_.size(), 0U);
}

TEST_F(PollWaitersTest, ASecondPollOfANodeEndsTheFirst) {
  Outcome first;
  Outcome second;
  begin("a", 1000, first);
  begin("a", 1000, second);
  EXPECT_EQ(first, PollWaiters::Why::cancelled);
  EXPECT_FALSE(second.has_value());
  waiters_.announce("a");
  loop_.settle();
  EXPECT_EQ(second, PollWaiters::Why::announced);
}

TEST_F(PollWaitersTest, ACallerThatGoesAwayWaitsNoLonger) {
  base::CancelSource peer;
  Outcome gone;
  begin("a", 1000, gone, peer.token());
  peer.cancel();
  loop_.settle();
  EXPECT_EQ(gone, PollWaiters::Why::cancelled);
  EXPECT_EQ(waiters_.size(), 0U);
}

TEST_F(PollWaitersTest, NobodyWaitsOnceItIsClosed) {
  waiters_.close();
  Outcome late;
  begin("a", 1000, late);
  EXPECT_EQ(late, PollWaiters::Why::cancelled);
}

}  // namespace
}  // namespace b3iq::control
