#include "agent/auth/login_throttle.h"

#include <gtest/gtest.h>

namespace b3iq::agent {
namespace {

const LoginThrottle::Who kStranger{{}, "ada"};
const LoginThrottle::Who kBrowser{SecretHash{1}, "ada"};

int attempts_until_refused(LoginThrottle& throttle, const LoginThrottle::Who& who) {
  int count = 0;
  while (throttle.begin_attempt(who).ok()) ++count;
  return count;
}

TEST(LoginThrottle, G3_38_FiveFreeAttemptsThenPausesThatDouble) {
  base::FakeClock clock;
  LoginThrottle throttle(clock, base::system_random());
  EXPECT_EQ(attempts_until_refused(throttle, kStranger), kFreeLoginAttempts);
  for (const std::int64_t pause : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
    const auto refused = throttle.begin_attempt(kStranger);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, base::ErrorCode::rate_limited);
    EXPECT_EQ(refused.error().retry_after_ms, pause * 1000);
    clock.advance_ms(pause * 1000 - 1);
    EXPECT_FALSE(throttle.begin_attempt(kStranger).ok()) << pause;
    clock.advance_ms(1);
    EXPECT_TRUE(throttle.begin_attempt(kStranger).ok()) << pause;
  }
}

TEST(LoginThrottle, G3_38_GuessingStrangersDoNotLockOutAKnownBrowser) {
  base::FakeClock clock;
  LoginThrottle throttle(clock, base::system_random());
  attempts_until_refused(throttle, kStranger);
  EXPECT_TRUE(throttle.begin_attempt(kBrowser).ok());
}

TEST(LoginThrottle, G3_38_ARightPasswordClearsTheCountOfItsOwnTrackOnly) {
  base::FakeClock clock;
  LoginThrottle throttle(clock, base::system_random());
  attempts_until_refused(throttle, kStranger);
  ASSERT_TRUE(throttle.begin_attempt(kBrowser).ok());
  throttle.succeeded(kBrowser);
  EXPECT_FALSE(throttle.begin_attempt(kStranger).ok());
  EXPECT_EQ(attempts_until_refused(throttle, kBrowser), kFreeLoginAttempts);
}

TEST(LoginThrottle, G3_38_AttemptsThatRunAtOnceCountBeforeTheyEnd) {
  base::FakeClock clock;
  LoginThrottle throttle(clock, base::system_random());
  // Nobody has called succeeded() yet: all of them are being checked.
  EXPECT_EQ(attempts_until_refused(throttle, kStranger), kFreeLoginAttempts);
}

TEST(LoginThrottle, G3_38_WhoTriesOneNameDoesNotSlowAnother) {
  base::FakeClock clock;
  LoginThrottle throttle(clock, base::system_random());
  attempts_until_refused(throttle, kStranger);
  EXPECT_TRUE(throttle.begin_attempt({{}, "vera"}).ok());
}

TEST(LoginThrottle, G3_38_CountsOfNamesAreBoundedWhateverIsTried) {
  base::FakeClock clock;
  LoginThrottle throttle(clock, base::system_random());
  // With so many names the counts are shared: sooner or later a name is slowed that was never
  // tried.
  int slowed = 0;
  for (std::size_t i = 0; i < kNameTracks * (kFreeLoginAttempts + 1); ++i)
    slowed += throttle.begin_attempt({{}, std::to_string(i)}).ok() ? 0 : 1;
  EXPECT_GT(slowed, 0);
}

TEST(LoginThrottle, AKnownBrowserThatOnlyFailsIsSpent) {
  base::FakeClock clock;
  LoginThrottle throttle(clock, base::system_random());
  for (int i = 0; i < kKnownBrowserFailures; ++i) {
    EXPECT_FALSE(throttle.spent(*kBrowser.browser));
    ASSERT_TRUE(throttle.begin_attempt(kBrowser).ok());
    clock.advance_ms(kLongestLoginPauseMs);
  }
  EXPECT_TRUE(throttle.spent(*kBrowser.browser));
}

}  // namespace
}  // namespace b3iq::agent
