// What the services of owner, login and users share: the users and sessions in memory, and what
// writes them down.
#pragma once

#include "agent/audit/audit_log.h"
#include "agent/auth/password_worker.h"
#include "agent/auth/user_sessions.h"
#include "agent/auth/user_table.h"
#include "base/clock.h"
#include "base/random.h"
#include "storage/database.h"

namespace b3iq::agent {

struct Accounts {
  Accounts(storage::Database& database, AuditLog& audit, const base::Clock& clock,
           base::Random& random)
      : database(database),
        audit(audit),
        clock(clock),
        random(random),
        sessions(database, clock, random, users) {}

  // Before the loop runs; blocks.
  base::Status load();
  bool claimed() const { return users.owner() != nullptr; }

  storage::Database& database;
  AuditLog& audit;
  const base::Clock& clock;
  base::Random& random;
  UserTable users;
  UserSessions sessions;
  PasswordWorker passwords;
};

// A password of its own for a user, and a session with it. Ends the user's other sessions,
// invitation and known browsers; other users' go on.
struct NewPassword {
  User user;  // as it was when the right to do this was checked
  crypto::Secret password;
  AuditAct act;
  std::string used_session;  // of a setup token or an invitation: this uses it up; "" for none
};
// Errors: those of crypto::hash_password; unauthorized when the session was used by another, the
// password was replaced or the user was removed meanwhile.
base::Task<base::Result<NewSession>> set_password(Accounts& accounts, NewPassword request);

}  // namespace b3iq::agent
