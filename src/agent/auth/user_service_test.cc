#include "agent/auth/user_service.h"

#include <algorithm>

#include "agent/auth/accounts_fixture.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using base::Result;
using base::Task;

class UserServiceTest : public AccountsFixture {
 protected:
  Result<UserService::Invited> renew(const std::string& id) {
    return run_task(loop_, users_->renew_invitation(id, "operator"));
  }
  Result<User> set_role(const std::string& id, Role role) {
    return run_task(loop_, users_->set_role(id, role, "operator"));
  }
  base::Status remove(const std::string& id) {
    return run_task(loop_, users_->remove(id, "operator"));
  }
  const NewSession& owner() { return owner_.value(); }

  Result<NewSession> owner_ = claim();
};

TEST_F(UserServiceTest, AnInvitedUserJoinsWithAPasswordOfTheirOwn) {
  const auto invited = invite("vera", Role::operator_);
  ASSERT_TRUE(invited.ok()) << invited.error().detail;
  EXPECT_TRUE(invited->invitation.reveal_text().starts_with("b3iq_invite_"));
  EXPECT_TRUE(accounts_->users.named("Vera")->invited());
  const auto opened = open_invitation(*invited);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->kind, SessionKind::invitation);
  EXPECT_TRUE(alive(owner())) << "the owner stays logged in";
  EXPECT_EQ(accept(*opened, "short").error().param, "password");
  const auto joined = accept(*opened, "password of vera");
  ASSERT_TRUE(joined.ok()) << joined.error().detail;
  EXPECT_EQ((*authenticate(*joined))->role, Role::operator_);
  EXPECT_FALSE(alive(*opened)) << "the invitation's session is used up";
  open();
  EXPECT_TRUE(login("password of vera", "", "vera").ok()) << "after a restart";
  const auto recorded = acts();
  for (const auto* act : {"user.invited", "invitation.opened", "user.joined"})
    EXPECT_EQ(std::ranges::count(recorded, act), 1) << act;
}

TEST_F(UserServiceTest, G1_7_AnInvitationWorksOnceForADayAndANewerOneReplacesIt) {
  const auto first = invite("vera");
  const auto second = renew(first->user.id);
  ASSERT_TRUE(second.ok());
  const auto replaced = open_invitation(*first);
  EXPECT_EQ(replaced.error().code, ErrorCode::unauthorized);
  ASSERT_TRUE(open_invitation(*second).ok());
  const auto again = open_invitation(*second);
  EXPECT_EQ(again.error().detail, replaced.error().detail) << "one answer for all that do not work";
  const auto late = renew(first->user.id);
  clock_.advance_ms(kInvitationLifeMs);
  EXPECT_EQ(open_invitation(*late).error().detail, replaced.error().detail);
}

TEST_F(UserServiceTest, ANewerInvitationEndsOneThatIsOpenInABrowser) {
  const auto first = invite("vera");
  const auto opened = open_invitation(*first);
  ASSERT_TRUE(renew(first->user.id).ok());
  EXPECT_FALSE(alive(*opened));
}

struct Race {
  int left = 0;
  int won = 0;
  std::vector<NewSession> sessions;
};
Task<void> run_one(Task<Result<NewSession>> task, Race& race) {
  auto result = co_await std::move(task);
  if (result.ok()) race.sessions.push_back(std::move(result).value());
  race.won += result.ok() ? 1 : 0;
  --race.left;
}
Task<base::Status> run_all(std::vector<Task<Result<NewSession>>> tasks, Race& race,
                           http::EventLoop& loop) {
  race.left = static_cast<int>(tasks.size());
  for (auto& task : tasks) base::detach(run_one(std::move(task), race));
  while (race.left > 0) co_await loop.sleep(1);
  co_return base::Status();
}

TEST_F(UserServiceTest, G1_7_OfManyBrowsersThatOpenOneInvitationExactlyOneGetsIt) {
  const auto invited = invite("vera");
  std::vector<Task<Result<NewSession>>> tasks;
  for (int i = 0; i < 16; ++i)
    tasks.push_back(users_->open_invitation(std::string(invited->invitation.reveal_text())));
  Race race;
  ASSERT_TRUE(run_task(loop_, run_all(std::move(tasks), race, loop_)).ok());
  EXPECT_EQ(race.won, 1);
}

TEST_F(UserServiceTest, OfTwoPasswordsThatRaceThroughOneInvitationExactlyOneIsSet) {
  const auto opened = open_invitation(*invite("vera"));
  const auto session = authenticate(*opened);
  std::vector<Task<Result<NewSession>>> tasks;
  tasks.push_back(users_->accept(*session, crypto::Secret("password one")));
  tasks.push_back(users_->accept(*session, crypto::Secret("password two")));
  Race race;
  ASSERT_TRUE(run_task(loop_, run_all(std::move(tasks), race, loop_)).ok());
  EXPECT_EQ(race.won, 1);
  EXPECT_NE(login("password one", "", "vera").ok(), login("password two", "", "vera").ok());
}

TEST_F(UserServiceTest, G1_12_AnInvitationForAnActiveUserIsANewPasswordAndEndsThatUsersSessions) {
  const auto vera = join("vera");
  const auto oleg = join("oleg");
  const auto again = renew(vera->user_id);
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(alive(*vera)) << "nothing ends before it is accepted";
  const auto opened = open_invitation(*again);
  EXPECT_TRUE(login(kPassword, "", "vera").ok()) << "the old password holds until then";
  const auto renewed = accept(*opened, "next password");
  ASSERT_TRUE(renewed.ok());
  EXPECT_FALSE(alive(*vera));
  EXPECT_FALSE(accounts_->sessions.known(vera->browser.reveal_text(), vera->user_id));
  EXPECT_FALSE(login(kPassword, "", "vera").ok());
  EXPECT_TRUE(alive(owner()));
  EXPECT_TRUE(alive(*oleg));
  EXPECT_TRUE(accounts_->sessions.known(oleg->browser.reveal_text(), oleg->user_id));
  EXPECT_EQ(std::ranges::count(acts(), "user.password_renewed"), 1);
}

TEST_F(UserServiceTest, NamesAreUniqueHoweverTheyAreCapitalised) {
  ASSERT_TRUE(invite("Vera").ok());
  for (const auto* name : {"Vera", "vERA", "ADA"}) {
    const auto taken = invite(name);
    EXPECT_EQ(taken.error().code, ErrorCode::conflict) << name;
    EXPECT_EQ(taken.error().param, "name");
  }
  EXPECT_EQ(invite("").error().param, "name");
  EXPECT_EQ(invite("a\nb").error().param, "name");
}

TEST_F(UserServiceTest, ANodeHoldsSoManyUsers) {
  for (std::size_t i = 1; i < kMaxUsers; ++i) ASSERT_TRUE(invite("user " + std::to_string(i)).ok());
  const auto full = invite("one more");
  EXPECT_EQ(full.error().code, ErrorCode::conflict);
  ASSERT_TRUE(remove(accounts_->users.named("user 1")->id).ok());
  EXPECT_TRUE(invite("one more").ok());
}

TEST_F(UserServiceTest, ARoleChangeHoldsAtOnceInOpenSessionsAndAfterARestart) {
  const auto vera = join("vera", Role::operator_);
  const auto held = authenticate(*vera);
  ASSERT_TRUE(set_role(vera->user_id, Role::viewer).ok());
  EXPECT_EQ((*held)->role, Role::viewer) << "in a request that is under way";
  EXPECT_EQ((*authenticate(*vera))->role, Role::viewer);
  EXPECT_EQ(set_role(vera->user_id, Role::owner).error().param, "role");
  EXPECT_EQ(set_role("user_nobody", Role::viewer).error().code, ErrorCode::not_found);
  ASSERT_TRUE(set_role(vera->user_id, Role::viewer).ok());
  EXPECT_EQ(std::ranges::count(acts(), "user.role_changed"), 1) << "the same role is no change";
  open();
  EXPECT_EQ((*authenticate(*vera))->role, Role::viewer);
}

TEST_F(UserServiceTest, RemovalEndsSessionsAtOnceAndTheNameIsFree) {
  const auto vera = join("vera");
  const auto pending = invite("ida");
  const auto opened = open_invitation(*pending);
  ASSERT_TRUE(remove(vera->user_id).ok());
  ASSERT_TRUE(remove(pending->user.id).ok());
  EXPECT_FALSE(alive(*vera));
  EXPECT_FALSE(alive(*opened));
  EXPECT_FALSE(login(kPassword, "", "vera").ok());
  EXPECT_EQ(remove(vera->user_id).error().code, ErrorCode::not_found);
  open();
  EXPECT_FALSE(alive(*vera)) << "after a restart";
  const auto another = join("vera");
  ASSERT_TRUE(another.ok());
  EXPECT_NE(another->user_id, vera->user_id);
}

TEST_F(UserServiceTest, ARemovedUserCannotAcceptWhatWasUnderWay) {
  const auto invited = invite("vera");
  const auto session = authenticate(*open_invitation(*invited));
  ASSERT_TRUE(remove(invited->user.id).ok());
  const auto late = run_task(loop_, users_->accept(*session, crypto::Secret(kPassword)));
  EXPECT_EQ(late.error().code, ErrorCode::unauthorized);
}

TEST_F(UserServiceTest, TheOwnerIsNeitherRemovedNorDemotedNorInvited) {
  EXPECT_EQ(remove(owner().user_id).error().code, ErrorCode::conflict);
  EXPECT_EQ(set_role(owner().user_id, Role::viewer).error().code, ErrorCode::conflict);
  EXPECT_EQ(renew(owner().user_id).error().code, ErrorCode::conflict);
  EXPECT_EQ(invite("eve", Role::owner).error().param, "role");
  EXPECT_TRUE(accounts_->claimed());
}

using UnownedNodeTest = AccountsFixture;

TEST_F(UnownedNodeTest, InvitesNobody) {
  EXPECT_EQ(invite("eve").error().code, ErrorCode::conflict);
  EXPECT_TRUE(claim().ok());
}

}  // namespace
}  // namespace b3iq::agent
