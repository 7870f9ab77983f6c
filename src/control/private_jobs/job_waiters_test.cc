#include "control/private_jobs/job_waiters.h"

#include <gtest/gtest.h>

#include <deque>
#include <limits>

#include "http/event_loop.h"

namespace b3iq::control {
namespace {

class JobWaitersTest : public ::testing::Test {
 protected:
  static base::Task<void> keep(JobPlace& place, bool& woken) {
    co_await place.wait(std::numeric_limits<std::int64_t>::max(), {});
    woken = true;
  }
  // On the loop, as a handler does.
  void begin(JobPlace& place, bool& woken) {
    woken = false;
    loop_.post([&place, &woken] { base::detach(keep(place, woken)); });
    loop_.settle();
  }
  base::Status check(const std::string& customer, const std::string& command) const {
    return waiters_.check(customer, command);
  }

  base::FakeClock clock_;
  http::EventLoop loop_;
  JobWaiters waiters_{clock_};
};

TEST_F(JobWaitersTest, OneJobAndOneCustomerHaveSoManyPlaces) {
  std::deque<JobPlace> places;
  for (std::size_t i = 0; i < kMaxWaitingForOneJob; ++i) {
    ASSERT_TRUE(check("ada", "one").ok());
    places.emplace_back(waiters_, JobWait{"ada", "one", i == 0 ? JobNews::end : JobNews::frames});
  }
  const auto refused = check("ada", "one");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, base::ErrorCode::rate_limited);
  EXPECT_GT(refused.error().retry_after_ms, 0);
  EXPECT_EQ(waiters_.readers(), kMaxWaitingForOneJob - 1);
  for (std::size_t i = places.size(); i < kMaxWaitingOfCustomer; ++i) {
    ASSERT_TRUE(check("ada", std::to_string(i)).ok());
    places.emplace_back(waiters_, JobWait{"ada", std::to_string(i), JobNews::end});
  }
  EXPECT_FALSE(check("ada", "another").ok());
  EXPECT_TRUE(check("bob", "another").ok()) << "nobody takes another's places";
  EXPECT_EQ(waiters_.size(), kMaxWaitingOfCustomer);
  places.pop_back();
  EXPECT_TRUE(check("ada", "another").ok());
  places.clear();
  EXPECT_EQ(waiters_.size(), 0U);
  EXPECT_EQ(waiters_.readers(), 0U);
}

TEST_F(JobWaitersTest, AStreamIsNewsToWhoeverKnowsLessOfIt) {
  JobPlace behind(waiters_, {"ada", "a", JobNews::frames});
  JobPlace ahead(waiters_, {"ada", "a", JobNews::frames});
  JobPlace end(waiters_, {"ada", "a", JobNews::end});
  ahead.saw(5);
  ASSERT_EQ(waiters_.streams_waited_for().size(), 1U);
  EXPECT_EQ(waiters_.streams_waited_for().front().next_frame, 0);
  bool behind_woken = false;
  bool ahead_woken = false;
  bool end_woken = false;
  begin(behind, behind_woken);
  begin(ahead, ahead_woken);
  begin(end, end_woken);
  waiters_.announce_frames({"a", 5});
  loop_.settle();
  EXPECT_TRUE(behind_woken);
  EXPECT_FALSE(ahead_woken);
  EXPECT_EQ(waiters_.streams_waited_for().front().next_frame, 5) << "nothing is told twice";
  // Once more, as another look would find it: no news to anybody.
  begin(behind, behind_woken);
  waiters_.announce_frames({"a", 5});
  loop_.settle();
  EXPECT_FALSE(behind_woken);
  waiters_.announce_frames({"a", 6});
  loop_.settle();
  EXPECT_TRUE(behind_woken);
  EXPECT_TRUE(ahead_woken);
  EXPECT_FALSE(end_woken);
  waiters_.announce("a");
  loop_.settle();
  EXPECT_TRUE(end_woken);
}

}  // namespace
}  // namespace b3iq::control
