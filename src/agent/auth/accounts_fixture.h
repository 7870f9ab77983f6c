// A node's accounts on a real database, for tests.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "agent/auth/login_service.h"
#include "agent/auth/owner_service.h"
#include "agent/auth/setup_token.h"
#include "agent/auth/user_service.h"
#include "agent/cli/run_task.h"
#include "agent/migrations/schema.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {

inline const std::string kPassword = "correct horse battery";

class AccountsFixture : public ::testing::Test {
 protected:
  AccountsFixture() {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-accounts-XXXXXX").string();
    home_.root = ::mkdtemp(pattern.data());
    open();
  }
  ~AccountsFixture() override {
    close();
    std::filesystem::remove_all(home_.root);
  }

  // As a node that stops; open() after it starts again.
  void close() {
    if (!accounts_) return;
    EXPECT_TRUE(run_task(loop_, settled(*audit_, *accounts_, loop_)).ok());
    users_.reset();
    logins_.reset();
    owners_.reset();
    accounts_.reset();
    audit_.reset();
    database_.reset();
  }
  void open() {
    close();
    auto opened = storage::open_sqlite(home_.database());
    ASSERT_TRUE(opened.ok());
    database_ = std::move(opened).value();
    ASSERT_TRUE(database_->migrate(state_migrations()).ok());
    audit_ = std::make_unique<AuditLog>(*database_, clock_);
    accounts_ = std::make_unique<Accounts>(*database_, *audit_, clock_, base::system_random());
    ASSERT_TRUE(accounts_->load().ok());
    owners_ = std::make_unique<OwnerService>(home_, *accounts_);
    logins_ = std::make_unique<LoginService>(*accounts_);
    users_ = std::make_unique<UserService>(*accounts_);
  }

  std::string setup_token() {
    auto token = issue_setup_token(home_, clock_, base::system_random());
    EXPECT_TRUE(token.ok());
    return std::string(token->reveal_text());
  }
  base::Result<NewSession> begin(std::string token) {
    return run_task(loop_, owners_->begin_setup(std::move(token)));
  }
  base::Result<NewSession> claim(std::string name = "ada") {
    return run_task(loop_, owners_->claim(std::move(name), crypto::Secret(kPassword)));
  }
  base::Result<NewSession> login(std::string_view password, std::string_view browser = "",
                                 std::string name = "ada") {
    return run_task(
        loop_, logins_->login(std::move(name), crypto::Secret(password), std::string(browser)));
  }
  base::Result<UserService::Invited> invite(std::string name, Role role = Role::viewer) {
    return run_task(loop_, users_->invite(std::move(name), role, "operator"));
  }
  base::Result<NewSession> open_invitation(const UserService::Invited& invited) {
    return run_task(loop_, users_->open_invitation(std::string(invited.invitation.reveal_text())));
  }
  base::Result<NewSession> accept(const NewSession& invitation, std::string_view password) {
    auto session = authenticate(invitation);
    if (!session.ok()) return std::move(session).error();
    return run_task(loop_, users_->accept(*session, crypto::Secret(password)));
  }
  // A user who has joined with kPassword.
  base::Result<NewSession> join(std::string name, Role role = Role::viewer) {
    TRY(const auto invited, invite(std::move(name), role));
    TRY(const auto opened, open_invitation(invited));
    return accept(opened, kPassword);
  }

  base::Result<std::shared_ptr<Session>> authenticate(const NewSession& session) {
    std::shared_ptr<Session> found;
    const auto status = run_task(loop_, authenticated(*accounts_, session, found));
    if (!status.ok()) return status.error();
    return found;
  }
  bool alive(const NewSession& session) { return authenticate(session).ok(); }

  // Of the audit log, newest first.
  std::vector<std::string> acts() {
    EXPECT_TRUE(run_task(loop_, settled(*audit_, *accounts_, loop_)).ok());
    std::vector<std::string> out;
    const auto entries = run_task(loop_, audit_->list(0, 200));
    for (const auto& entry : *entries) out.push_back(entry.act);
    return out;
  }

  static base::Task<base::Status> settled(const AuditLog& audit, const Accounts& accounts,
                                          http::EventLoop& loop) {
    while (!audit.idle() || !accounts.sessions.idle()) co_await loop.sleep(1);
    co_return base::Status();
  }
  static base::Task<base::Status> authenticated(Accounts& accounts, const NewSession& session,
                                                std::shared_ptr<Session>& found) {
    CO_TRY(found, accounts.sessions.authenticate(session.cookie.reveal_text(),
                                                 session.page_token.reveal_text()));
    co_return base::Status();
  }

  Home home_;
  base::FakeClock clock_;
  http::EventLoop loop_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<Accounts> accounts_;
  std::unique_ptr<OwnerService> owners_;
  std::unique_ptr<LoginService> logins_;
  std::unique_ptr<UserService> users_;
};

}  // namespace b3iq::agent
