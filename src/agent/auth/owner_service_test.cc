#include "agent/auth/owner_service.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "agent/auth/setup_token.h"
#include "agent/cli/run_task.h"
#include "agent/migrations/schema.h"
#include "crypto/password.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using base::Result;
using base::Task;

const std::string kPassword = "correct horse battery";

Task<base::Status> settled(const AuditLog& audit, const OwnerService& owners,
                           http::EventLoop& loop) {
  while (!audit.idle() || !owners.idle()) co_await loop.sleep(1);
  co_return base::Status();
}

Task<base::Status> authenticated(OwnerService& service, const NewSession& session) {
  CO_TRY_OK(service.authenticate(session.cookie.reveal_text(), session.page_token.reveal_text()));
  co_return base::Status();
}

class OwnerServiceTest : public ::testing::Test {
 protected:
  OwnerServiceTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-owner-XXXXXX").string();
    home_.root = ::mkdtemp(pattern.data());
    open();
  }
  ~OwnerServiceTest() override {
    if (service_) EXPECT_TRUE(run_task(loop_, settled(*audit_, *service_, loop_)).ok());
    service_.reset();
    audit_.reset();
    database_.reset();
    std::filesystem::remove_all(home_.root);
  }
  void open() {
    if (service_) EXPECT_TRUE(run_task(loop_, settled(*audit_, *service_, loop_)).ok());
    service_.reset();
    database_.reset();
    auto opened = storage::open_sqlite(home_.database());
    ASSERT_TRUE(opened.ok());
    database_ = std::move(opened).value();
    ASSERT_TRUE(database_->migrate(state_migrations()).ok());
    audit_ = std::make_unique<AuditLog>(*database_, clock_);
    service_ =
        std::make_unique<OwnerService>(home_, *database_, *audit_, clock_, base::system_random());
    ASSERT_TRUE(service_->load().ok());
  }

  std::string setup_token() {
    auto token = issue_setup_token(home_, clock_, base::system_random());
    EXPECT_TRUE(token.ok());
    return std::string(token->reveal_text());
  }
  Result<NewSession> begin(std::string token) {
    return run_task(loop_, service_->begin_setup(std::move(token)));
  }
  Result<NewSession> claim(std::string name = "ada") {
    return run_task(loop_, service_->claim(std::move(name), crypto::Secret(kPassword)));
  }
  Result<NewSession> login(std::string_view password, std::string_view browser = "",
                           std::string name = "ada") {
    return run_task(
        loop_, service_->login(std::move(name), crypto::Secret(password), std::string(browser)));
  }
  bool alive(const NewSession& session) {
    return run_task(loop_, authenticated(*service_, session)).ok();
  }
  std::vector<std::string> acts() {
    EXPECT_TRUE(run_task(loop_, settled(*audit_, *service_, loop_)).ok());
    std::vector<std::string> out;
    const auto entries = run_task(loop_, audit_->list(0, 100));
    for (const auto& entry : *entries) out.push_back(entry.act);
    return out;
  }

  Home home_;
  base::FakeClock clock_;
  http::EventLoop loop_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<OwnerService> service_;
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

Task<base::Status> both(OwnerService& service, std::optional<Result<NewSession>>& a,
                        std::optional<Result<NewSession>>& b, http::EventLoop& loop) {
  int left = 2;
  base::detach(store(service.claim("ada", crypto::Secret(kPassword)), a, left));
  base::detach(store(service.claim("eve", crypto::Secret(kPassword)), b, left));
  while (left > 0) co_await loop.sleep(1);
  co_return base::Status();
}

TEST_F(OwnerServiceTest, G1_8_OfTwoClaimsThatRaceExactlyOneOwns) {
  std::optional<Result<NewSession>> a;
  std::optional<Result<NewSession>> b;
  ASSERT_TRUE(run_task(loop_, both(*service_, a, b, loop_)).ok());
  EXPECT_NE(a->ok(), b->ok());
  const auto& lost = a->ok() ? *b : *a;
  EXPECT_EQ(lost.error().code, ErrorCode::conflict);
  EXPECT_TRUE(alive(a->ok() ? a->value() : b->value()));
}

TEST_F(OwnerServiceTest, G1_9_TheClaimIsRefusedForEverAfter) {
  ASSERT_TRUE(claim().ok());
  EXPECT_EQ(claim("eve").error().code, ErrorCode::conflict);
  open();
  EXPECT_TRUE(service_->claimed());
  EXPECT_EQ(claim("eve").error().code, ErrorCode::conflict);
}

TEST_F(OwnerServiceTest, NeedsANameAndALongEnoughPassword) {
  EXPECT_EQ(claim("").error().param, "name");
  EXPECT_EQ(claim("a\nb").error().param, "name");
  const auto short_one = run_task(loop_, service_->claim("ada", crypto::Secret("short")));
  EXPECT_EQ(short_one.error().param, "password");
  EXPECT_FALSE(service_->claimed());
}

TEST_F(OwnerServiceTest, G3_38_AWrongNameAndAWrongPasswordHaveOneAnswerAndOneCost) {
  ASSERT_TRUE(claim().ok());
  const auto wrong_password = login("not the password");
  const auto wrong_name = login(kPassword, "", "nobody");
  EXPECT_EQ(wrong_password.error().code, ErrorCode::unauthorized);
  EXPECT_EQ(wrong_password.error().detail, wrong_name.error().detail);
  // The hash that unknown names are checked against costs the same: well formed, same parameters.
  EXPECT_FALSE(crypto::password_hash_outdated(kNobodysHash));
}

TEST_F(OwnerServiceTest, G3_38_WhileSlowedARightAndAWrongPasswordGetOneAnswer) {
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

TEST_F(OwnerServiceTest, G3_38_AKnownBrowserThatOnlyFailsBecomesAStranger) {
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

TEST_F(OwnerServiceTest, G1_12_EveryLoginHasNewSecretsAndOneHalfOpensNothing) {
  const auto first = claim();
  const auto second = login(kPassword, first->browser.reveal_text());
  ASSERT_TRUE(second.ok());
  EXPECT_NE(first->cookie.reveal_text(), second->cookie.reveal_text());
  EXPECT_TRUE(alive(*first));
  EXPECT_FALSE(service_->authenticate(first->cookie.reveal_text(), "").ok());
  EXPECT_FALSE(
      service_->authenticate(first->cookie.reveal_text(), second->page_token.reveal_text()).ok());
  EXPECT_FALSE(service_->authenticate("chosen-by-somebody", first->page_token.reveal_text()).ok());
}

TEST_F(OwnerServiceTest, G1_12_ANewPasswordEndsEveryOldSession) {
  const auto first = claim();
  const auto second = login(kPassword);
  const auto mine =
      service_->authenticate(second->cookie.reveal_text(), second->page_token.reveal_text());
  ASSERT_TRUE(mine.ok());
  const auto refused = run_task(loop_, service_->change_password(*mine, crypto::Secret("wrong one"),
                                                                 crypto::Secret("next password")));
  EXPECT_EQ(refused.error().param, "current_password");
  EXPECT_TRUE(alive(*first));
  const auto renewed = run_task(loop_, service_->change_password(*mine, crypto::Secret(kPassword),
                                                                 crypto::Secret("next password")));
  ASSERT_TRUE(renewed.ok());
  EXPECT_FALSE(alive(*first));
  EXPECT_FALSE(alive(*second));
  EXPECT_TRUE(alive(*renewed));
  EXPECT_FALSE(login(kPassword).ok());
  EXPECT_TRUE(login("next password").ok());
  open();
  EXPECT_FALSE(alive(*first)) << "after a restart";
  EXPECT_TRUE(alive(*renewed)) << "after a restart";
}

TEST_F(OwnerServiceTest, RecoverySetsANewPasswordAndNothingElseOfASetupSessionDoes) {
  const auto owner = claim();
  const auto setup = begin(setup_token());
  ASSERT_TRUE(setup.ok());
  EXPECT_EQ(claim("eve").error().code, ErrorCode::conflict);
  const auto fresh =
      run_task(loop_, service_->recover(setup->id, crypto::Secret("another password")));
  ASSERT_TRUE(fresh.ok());
  EXPECT_FALSE(alive(*owner));
  EXPECT_FALSE(alive(*setup));
  EXPECT_TRUE(login("another password").ok());
}

TEST_F(OwnerServiceTest, SessionsEndByIdlenessByAgeAndByCommand) {
  const auto owner = claim();
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
  ASSERT_TRUE(run_task(loop_, service_->end(ended->id)).ok());
  EXPECT_FALSE(alive(*ended));
  EXPECT_EQ(run_task(loop_, service_->end(ended->id)).error().code, ErrorCode::not_found);
}

TEST_F(OwnerServiceTest, OneSessionTooManyEndsTheOneUnusedForLongest) {
  std::vector<NewSession> sessions;
  sessions.push_back(claim().value());
  const std::string browser(sessions.front().browser.reveal_text());
  while (sessions.size() < kMaxSessions) {
    clock_.advance_ms(1);
    sessions.push_back(login(kPassword, browser).value());
  }
  EXPECT_EQ(service_->sessions().size(), kMaxSessions);
  clock_.advance_ms(1);
  EXPECT_TRUE(alive(sessions[0]));
  const auto one_more = login(kPassword, browser);
  EXPECT_TRUE(alive(sessions[0]));
  EXPECT_FALSE(alive(sessions[1]));
  EXPECT_TRUE(alive(*one_more));
}

TEST_F(OwnerServiceTest, G3_42_TheDatabaseHoldsNoSecretOfASession) {
  const auto owner = claim();
  service_.reset();
  database_.reset();
  for (const auto& entry : std::filesystem::directory_iterator(home_.root)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    for (const auto secret : {owner->cookie.reveal_text(), owner->page_token.reveal_text(),
                              owner->browser.reveal_text(), std::string_view(kPassword)}) {
      EXPECT_EQ(bytes.find(secret), std::string::npos) << entry.path();
    }
  }
}

}  // namespace
}  // namespace b3iq::agent
