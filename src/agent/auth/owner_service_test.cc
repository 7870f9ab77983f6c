#include "agent/auth/owner_service.h"

#include <algorithm>

#include "agent/auth/accounts_fixture.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using base::Result;
using base::Task;

class OwnerServiceTest : public AccountsFixture {
 protected:
  Result<NewSession> recover(const NewSession& setup, std::string_view password) {
    return run_task(loop_, owners_->recover(setup.id, crypto::Secret(password)));
  }
};

TEST_F(OwnerServiceTest, G1_7_ASetupTokenWorksOnceAndForADay) {
  const auto token = setup_token();
  const auto session = begin(token);
  ASSERT_TRUE(session.ok()) << session.error().detail;
  EXPECT_TRUE(alive(*session));
  EXPECT_EQ(begin(token).error().code, ErrorCode::unauthorized);
  open();
  EXPECT_EQ(begin(token).error().code, ErrorCode::unauthorized) << "after a restart";
  const auto late = setup_token();
  clock_.advance_ms(kSetupTokenLifeMs + 1);
  EXPECT_EQ(begin(late).error().code, ErrorCode::unauthorized);
}

TEST_F(OwnerServiceTest, G1_7_ANewTokenReplacesTheLastAndAWrongOneGetsTheSameAnswer) {
  const auto first = setup_token();
  const auto second = setup_token();
  const auto replaced = begin(first);
  const auto junk = begin("b3iq_setup_nonsense");
  EXPECT_EQ(replaced.error().detail, junk.error().detail);
  EXPECT_TRUE(begin(second).ok());
}

Task<void> store(Task<Result<NewSession>> task, std::optional<Result<NewSession>>& out, int& left) {
  out.emplace(co_await std::move(task));
  --left;
}

Task<base::Status> both(Task<Result<NewSession>> first, Task<Result<NewSession>> second,
                        std::optional<Result<NewSession>>& a, std::optional<Result<NewSession>>& b,
                        http::EventLoop& loop) {
  int left = 2;
  base::detach(store(std::move(first), a, left));
  base::detach(store(std::move(second), b, left));
  while (left > 0) co_await loop.sleep(1);
  co_return base::Status();
}

TEST_F(OwnerServiceTest, G1_8_OfTwoClaimsThatRaceExactlyOneOwns) {
  std::optional<Result<NewSession>> a;
  std::optional<Result<NewSession>> b;
  ASSERT_TRUE(run_task(loop_, both(owners_->claim("ada", crypto::Secret(kPassword)),
                                   owners_->claim("eve", crypto::Secret(kPassword)), a, b, loop_))
                  .ok());
  EXPECT_NE(a->ok(), b->ok());
  const auto& lost = a->ok() ? *b : *a;
  EXPECT_EQ(lost.error().code, ErrorCode::conflict);
  EXPECT_TRUE(alive(a->ok() ? a->value() : b->value()));
}

TEST_F(OwnerServiceTest, G1_9_TheClaimIsRefusedForEverAfter) {
  ASSERT_TRUE(claim().ok());
  EXPECT_EQ(claim("eve").error().code, ErrorCode::conflict);
  open();
  EXPECT_TRUE(accounts_->claimed());
  EXPECT_EQ(claim("eve").error().code, ErrorCode::conflict);
}

TEST_F(OwnerServiceTest, NeedsANameAndALongEnoughPassword) {
  EXPECT_EQ(claim("").error().param, "name");
  EXPECT_EQ(claim("a\nb").error().param, "name");
  const auto short_one = run_task(loop_, owners_->claim("ada", crypto::Secret("short")));
  EXPECT_EQ(short_one.error().param, "password");
  EXPECT_FALSE(accounts_->claimed());
}

TEST_F(OwnerServiceTest, RecoverySetsANewPasswordAndNothingElseOfASetupSessionDoes) {
  const auto owner = claim();
  const auto setup = begin(setup_token());
  const auto another_setup = begin(setup_token());
  ASSERT_TRUE(setup.ok() && another_setup.ok());
  EXPECT_EQ(claim("eve").error().code, ErrorCode::conflict);
  const auto fresh = recover(*setup, "another password");
  ASSERT_TRUE(fresh.ok());
  EXPECT_FALSE(alive(*owner));
  EXPECT_FALSE(alive(*setup));
  EXPECT_FALSE(alive(*another_setup)) << "it could set the password once more";
  EXPECT_TRUE(login("another password").ok());
}

TEST_F(OwnerServiceTest, G1_12_RecoveryEndsTheOwnersSessionsAndNobodyElses) {
  const auto owner = claim();
  const auto viewer = join("vera");
  ASSERT_TRUE(viewer.ok()) << viewer.error().detail;
  const auto setup = begin(setup_token());
  ASSERT_TRUE(recover(*setup, "another password").ok());
  EXPECT_FALSE(alive(*owner));
  EXPECT_TRUE(alive(*viewer));
  EXPECT_TRUE(accounts_->sessions.known(viewer->browser.reveal_text(), viewer->user_id));
  EXPECT_FALSE(accounts_->sessions.known(owner->browser.reveal_text(), owner->user_id));
  open();
  EXPECT_FALSE(alive(*owner)) << "after a restart";
  EXPECT_TRUE(alive(*viewer)) << "after a restart";
}

TEST_F(OwnerServiceTest, G1_7_ASetupSessionRecoversOnce) {
  ASSERT_TRUE(claim().ok());
  const auto setup = begin(setup_token());
  std::optional<Result<NewSession>> a;
  std::optional<Result<NewSession>> b;
  ASSERT_TRUE(run_task(loop_, both(owners_->recover(setup->id, crypto::Secret("password one")),
                                   owners_->recover(setup->id, crypto::Secret("password two")), a,
                                   b, loop_))
                  .ok());
  EXPECT_NE(a->ok(), b->ok());
  EXPECT_TRUE(login(a->ok() ? "password one" : "password two").ok());
}

}  // namespace
}  // namespace b3iq::agent
