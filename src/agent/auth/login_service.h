// Who is logged in: logins, new passwords and the ends of sessions, for every user alike. Loop
// thread only.
#pragma once

#include <memory>
#include <string>

#include "agent/auth/accounts.h"
#include "agent/auth/login_throttle.h"

namespace b3iq::agent {

class LoginService {
 public:
  explicit LoginService(Accounts& accounts)
      : accounts_(accounts), throttle_(accounts.clock, accounts.random) {}

  // `browser`: the value of the known-browser cookie, "" for none. Errors: unauthorized, one text
  // and one cost for every wrong name or password; rate_limited before anything is looked at.
  base::Task<base::Result<NewSession>> login(std::string name, crypto::Secret password,
                                             std::string browser);
  // Ends every other session of the user; the caller's gets new secrets.
  base::Task<base::Result<NewSession>> change_password(std::shared_ptr<Session> session,
                                                       crypto::Secret current, crypto::Secret next);
  // Whether it is the password of the session's user: before an act that a session alone must not
  // be enough for. Errors: invalid_request, its param `param`; rate_limited.
  base::Task<base::Status> confirm_password(std::shared_ptr<Session> session,
                                            crypto::Secret password, std::string_view param);
  // Whose sessions a caller may end: a user's own, or everybody's.
  struct Ender {
    std::string user_id;  // as the audit log names the caller
    bool everybodys = false;
  };
  // Errors: not_found, also for a session that is not the caller's to end.
  base::Task<base::Status> end(std::string session_id, Ender ender);

 private:
  base::Task<base::Result<NewSession>> admit(User user, std::string browser);
  base::Task<void> forget(SecretHash browser);

  Accounts& accounts_;
  LoginThrottle throttle_;
};

}  // namespace b3iq::agent
