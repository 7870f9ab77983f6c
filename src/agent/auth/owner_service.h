// Who owns this node, and which browsers may act for the owner. One claim, ever: the first setup
// session that brings a name and a password becomes the owner; later setup tokens can only set a
// new password (recovery by whoever has the machine's command line). Loop thread only, but for
// load().
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/audit/audit_log.h"
#include "agent/auth/login_throttle.h"
#include "agent/auth/owner_types.h"
#include "agent/auth/password_worker.h"
#include "agent/home.h"
#include "base/clock.h"
#include "base/random.h"
#include "storage/database.h"

namespace b3iq::agent {

class OwnerService {
 public:
  OwnerService(Home home, storage::Database& database, AuditLog& audit, const base::Clock& clock,
               base::Random& random)
      : home_(std::move(home)),
        database_(database),
        audit_(audit),
        clock_(clock),
        random_(random),
        throttle_(clock) {}

  // Before the loop runs; blocks.
  base::Status load();
  bool claimed() const { return !users_.empty(); }

  // Swaps the setup token of `wizard url --with-token` for a session. Works once, for
  // kSetupTokenLifeMs. Errors: unauthorized, one text for every token that does not work.
  base::Task<base::Result<NewSession>> begin_setup(std::string token);
  // The one claim, by a setup session. Errors: conflict when there is an owner, invalid_request for
  // the name or the password.
  base::Task<base::Result<NewSession>> claim(std::string name, crypto::Secret password);
  // A new password by a setup session; ends every session and forgets every browser.
  base::Task<base::Result<NewSession>> recover(std::string setup_id, crypto::Secret password);
  // `browser`: the value of the known-browser cookie, "" for none. Errors: unauthorized, one text
  // and one cost for every wrong name or password; rate_limited before anything is looked at.
  base::Task<base::Result<NewSession>> login(std::string name, crypto::Secret password,
                                             std::string browser);
  // Ends every other session; the caller's gets new secrets.
  base::Task<base::Result<NewSession>> change_password(std::shared_ptr<Session> session,
                                                       crypto::Secret current, crypto::Secret next);
  base::Task<base::Status> end(std::string session_id);
  std::vector<Session> sessions() const;
  // Whether the session is one of this node's, now.
  bool holds(const Session& session) const;
  // "" : there is no such user.
  std::string user_name(std::string_view id) const;

  // The session of the two halves, alive now. Errors: unauthorized.
  base::Result<std::shared_ptr<Session>> authenticate(std::string_view cookie,
                                                      std::string_view page_token);
  // Whether nothing is left to be written behind a caller's back.
  bool idle() const { return writes_under_way_ == 0; }

 private:
  struct Fresh {
    NewSession given;
    Session session;
    KnownBrowser browser;
    std::vector<std::string> surplus;  // sessions that make room for it
  };
  Fresh make_session(const std::string& user_id);
  void hold(const Fresh& fresh);
  bool alive(const Session& session) const;
  // Inside a transaction, so on the writer's thread: touches nothing of this object.
  static base::Task<base::Status> store(storage::Transaction& tx, const Fresh& fresh);
  base::Task<base::Result<NewSession>> replace_password(User user, crypto::Secret password,
                                                        AuditAct act);
  base::Task<base::Result<NewSession>> admit(const User& user, std::string browser);
  base::Task<void> forget(SecretHash browser);
  std::optional<SecretHash> known(const std::string& browser) const;
  std::vector<std::string> surplus_sessions() const;
  void touch(Session& session);
  base::Task<void> store_last_seen(std::string id, std::int64_t at_ms);

  Home home_;
  storage::Database& database_;
  AuditLog& audit_;
  const base::Clock& clock_;
  base::Random& random_;
  LoginThrottle throttle_;
  PasswordWorker passwords_;
  int writes_under_way_ = 0;
  std::vector<User> users_;
  std::map<SecretHash, std::shared_ptr<Session>> sessions_;
  std::map<SecretHash, KnownBrowser> browsers_;
};

}  // namespace b3iq::agent
