#include "agent/auth/login_service.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "agent/auth/accounts_fixture.h"
#include "crypto/password.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;

class LoginServiceTest : public AccountsFixture {
 protected:
  base::Status end(const std::string& id, LoginService::Ender ender) {
    return run_task(loop_, logins_->end(id, std::move(ender)));
  }
  base::Result<NewSession> change_password(const NewSession& session, std::string_view current,
                                           std::string_view next) {
    const auto mine = authenticate(session);
    if (!mine.ok()) return mine.error();
    return run_task(loop_,
                    logins_->change_password(*mine, crypto::Secret(current), crypto::Secret(next)));
  }
};

TEST_F(LoginServiceTest, G3_38_AWrongNameAndAWrongPasswordHaveOneAnswerAndOneCost) {
  ASSERT_TRUE(claim().ok());
  ASSERT_TRUE(invite("ida").ok());
  const auto wrong_password = login("not the password");
  const auto wrong_name = login(kPassword, "", "nobody");
  const auto invited = login("", "", "ida");
  EXPECT_EQ(wrong_password.error().code, ErrorCode::unauthorized);
  EXPECT_EQ(wrong_password.error().detail, wrong_name.error().detail);
  EXPECT_EQ(wrong_password.error().detail, invited.error().detail);
  // The hash that unknown names are checked against costs the same: well formed, same parameters.
  EXPECT_FALSE(crypto::password_hash_outdated(kNobodysHash));
}

TEST_F(LoginServiceTest, NamesAreNotToldApartByCapitals) {
  ASSERT_TRUE(claim("Ada").ok());
  EXPECT_TRUE(login(kPassword, "", "ADA").ok());
}

TEST_F(LoginServiceTest, G3_38_WhileSlowedARightAndAWrongPasswordGetOneAnswer) {
  const auto owner = claim();
  for (int i = 0; i < kFreeLoginAttempts; ++i) EXPECT_FALSE(login("wrong password").ok());
  const auto wrong = login("wrong password");
  const auto right = login(kPassword);
  EXPECT_EQ(right.error().code, ErrorCode::rate_limited);
  EXPECT_EQ(right.error().detail, wrong.error().detail);
  EXPECT_GT(right.error().retry_after_ms, 0);
  // The owner's own browser is not slowed by them.
  EXPECT_TRUE(login(kPassword, owner->browser.reveal_text()).ok());
  clock_.advance_ms(kFirstLoginPauseMs);
  EXPECT_TRUE(login(kPassword).ok());
}

TEST_F(LoginServiceTest, G3_38_NamesThatNobodyHasAreSlowedLikeOthers) {
  ASSERT_TRUE(claim().ok());
  for (int i = 0; i < kFreeLoginAttempts; ++i) {
    EXPECT_EQ(login("wrong password", "", "nobody").error().code, ErrorCode::unauthorized);
  }
  EXPECT_EQ(login("wrong password", "", "Nobody").error().code, ErrorCode::rate_limited);
}

TEST_F(LoginServiceTest, G3_38_OneUsersFailuresSlowNoOtherUser) {
  ASSERT_TRUE(claim().ok());
  ASSERT_TRUE(join("vera").ok());
  while (login("wrong password", "", "vera").error().code != ErrorCode::rate_limited) continue;
  EXPECT_TRUE(login(kPassword).ok()) << "a stranger's browser with another name";
}

TEST_F(LoginServiceTest, G3_38_ABrowserIsKnownForItsOwnUserOnly) {
  ASSERT_TRUE(claim().ok());
  const auto viewer = join("vera");
  const std::string browser(viewer->browser.reveal_text());
  // A viewer who logs in as herself in between gets no more guesses at the owner's password.
  int guesses = 0;
  while (login("wrong password", browser).error().code == ErrorCode::unauthorized) {
    ++guesses;
    ASSERT_LE(guesses, kFreeLoginAttempts);
    EXPECT_TRUE(login(kPassword, browser, "vera").ok());
  }
  EXPECT_EQ(guesses, kFreeLoginAttempts);
}

TEST_F(LoginServiceTest, G3_38_AKnownBrowserThatOnlyFailsBecomesAStranger) {
  const auto owner = claim();
  const auto browser = std::string(owner->browser.reveal_text());
  for (int i = 0; i < kKnownBrowserFailures; ++i) {
    EXPECT_EQ(login("wrong password", browser).error().code, ErrorCode::unauthorized);
    clock_.advance_ms(kLongestLoginPauseMs);
  }
  const auto recorded = acts();
  EXPECT_EQ(std::ranges::count(recorded, "login.refused"), kKnownBrowserFailures);
  EXPECT_EQ(std::ranges::count(recorded, "browser.forgotten"), 1);
}

TEST_F(LoginServiceTest, G1_12_EveryLoginHasNewSecretsAndOneHalfOpensNothing) {
  const auto first = claim();
  const auto second = login(kPassword, first->browser.reveal_text());
  ASSERT_TRUE(second.ok());
  EXPECT_NE(first->cookie.reveal_text(), second->cookie.reveal_text());
  EXPECT_TRUE(alive(*first));
  auto& sessions = accounts_->sessions;
  EXPECT_FALSE(sessions.authenticate(first->cookie.reveal_text(), "").ok());
  EXPECT_FALSE(
      sessions.authenticate(first->cookie.reveal_text(), second->page_token.reveal_text()).ok());
  EXPECT_FALSE(sessions.authenticate("chosen-by-somebody", first->page_token.reveal_text()).ok());
}

TEST_F(LoginServiceTest, G1_12_ANewPasswordEndsEveryOldSessionOfItsUser) {
  const auto first = claim();
  const auto second = login(kPassword);
  const auto viewer = join("vera");
  EXPECT_EQ(change_password(*second, "wrong one", "next password").error().param,
            "current_password");
  EXPECT_TRUE(alive(*first));
  const auto renewed = change_password(*second, kPassword, "next password");
  ASSERT_TRUE(renewed.ok());
  EXPECT_FALSE(alive(*first));
  EXPECT_FALSE(alive(*second));
  EXPECT_TRUE(alive(*renewed));
  EXPECT_TRUE(alive(*viewer)) << "another user's";
  EXPECT_FALSE(login(kPassword).ok());
  EXPECT_TRUE(login("next password").ok());
  open();
  EXPECT_FALSE(alive(*first)) << "after a restart";
  EXPECT_TRUE(alive(*renewed)) << "after a restart";
  EXPECT_TRUE(alive(*viewer)) << "after a restart";
}

TEST_F(LoginServiceTest, SessionsEndByIdlenessByAgeAndByCommand) {
  const auto owner = claim();
  const LoginService::Ender ender{owner->user_id};
  clock_.advance_ms(kSessionIdleMs - 1);
  EXPECT_TRUE(alive(*owner));
  clock_.advance_ms(kSessionIdleMs);
  EXPECT_FALSE(alive(*owner)) << "idle";

  const auto used = login(kPassword);
  for (std::int64_t age = 0; age < kSessionLifeMs; age += kSessionIdleMs / 2) {
    EXPECT_TRUE(alive(*used));
    clock_.advance_ms(kSessionIdleMs / 2);
  }
  EXPECT_FALSE(alive(*used)) << "old";

  const auto ended = login(kPassword);
  const auto held = authenticate(*ended);
  ASSERT_TRUE(end(ended->id, ender).ok());
  EXPECT_FALSE(alive(*ended));
  EXPECT_TRUE((*held)->ended) << "whoever still holds it can see it";
  EXPECT_EQ(end(ended->id, ender).error().code, ErrorCode::not_found);
}

TEST_F(LoginServiceTest, AUserEndsOwnSessionsAndOnlyTheOwnerEverybodys) {
  const auto owner = claim();
  const auto viewer = join("vera");
  const LoginService::Ender vera{viewer->user_id};
  const auto refused = end(owner->id, vera);
  EXPECT_EQ(refused.error().code, ErrorCode::not_found) << "not told apart from one that ended";
  EXPECT_TRUE(alive(*owner));
  EXPECT_TRUE(end(viewer->id, vera).ok());
  EXPECT_FALSE(alive(*viewer));
  const auto back = login(kPassword, "", "vera");
  EXPECT_TRUE(end(back->id, {owner->user_id, true}).ok());
  EXPECT_FALSE(alive(*back));
}

TEST_F(LoginServiceTest, OneSessionTooManyEndsTheUsersOwnUnusedForLongest) {
  std::vector<NewSession> sessions;
  sessions.push_back(claim().value());
  const auto viewer = join("vera");
  const std::string browser(sessions.front().browser.reveal_text());
  while (sessions.size() < kMaxSessions) {
    clock_.advance_ms(1);
    sessions.push_back(login(kPassword, browser).value());
  }
  EXPECT_EQ(accounts_->sessions.list().size(), kMaxSessions + 1);
  clock_.advance_ms(1);
  EXPECT_TRUE(alive(sessions[0]));
  const auto one_more = login(kPassword, browser);
  EXPECT_TRUE(alive(sessions[0]));
  EXPECT_FALSE(alive(sessions[1]));
  EXPECT_TRUE(alive(*one_more));
  EXPECT_TRUE(alive(*viewer)) << "the one unused for longest, of another user";
}

TEST_F(LoginServiceTest, G3_42_TheDatabaseHoldsNoSecretOfASession) {
  const auto owner = claim();
  const auto invited = invite("vera");
  close();
  for (const auto& entry : std::filesystem::directory_iterator(home_.root)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    for (const auto secret : {owner->cookie.reveal_text(), owner->page_token.reveal_text(),
                              owner->browser.reveal_text(), invited->invitation.reveal_text(),
                              std::string_view(kPassword)}) {
      EXPECT_EQ(bytes.find(secret), std::string::npos) << entry.path();
    }
  }
}

}  // namespace
}  // namespace b3iq::agent
