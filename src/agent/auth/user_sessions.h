// The sessions of the node's browsers, and the browsers that are known: held in memory, kept in the
// database. What starts or ends one writes it inside the transaction of its own act, and tells this
// object once that is on disk. Loop thread only, but for what loads.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/auth/user_table.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "storage/database.h"

namespace b3iq::agent {

// A session that is neither stored nor held yet.
struct FreshSession {
  NewSession given;
  Session session;
  KnownBrowser browser;                       // without a user: none
  std::vector<std::string> surplus;           // sessions that make room for it
  std::optional<SecretHash> surplus_browser;  // likewise
};

class UserSessions {
 public:
  UserSessions(storage::Database& database, const base::Clock& clock, base::Random& random,
               UserTable& users)
      : database_(database), clock_(clock), random_(random), users_(users) {}

  void replace_all(std::vector<Session> sessions, std::vector<KnownBrowser> browsers);

  // `browser`: the cookie of a browser that the user is known by, "" for another.
  FreshSession make(SessionKind kind, const std::string& user_id, const std::string& browser);
  // Inside a transaction, so on the writer's thread: touches nothing of this object.
  static base::Task<base::Status> store(storage::Transaction& tx, const FreshSession& fresh);
  void hold(const FreshSession& fresh);

  // What a transaction has ended on disk ends in memory. Of "": the sessions of setup tokens.
  void drop_sessions_of(std::string_view user_id);
  void drop_invitation_sessions(std::string_view user_id);
  void drop_session(std::string_view id);
  void drop_browsers_of(std::string_view user_id);
  void drop_browser(const SecretHash& browser) { browsers_.erase(browser); }
  // For sessions that go on.
  void set_role(std::string_view user_id, Role role);

  // The session of the two halves, alive now, with its user's role. Errors: unauthorized.
  base::Result<std::shared_ptr<Session>> authenticate(std::string_view cookie,
                                                      std::string_view page_token);
  // Null when it ended.
  std::shared_ptr<Session> find(std::string_view id) const;
  // The sessions of users, alive now, by id.
  std::vector<Session> list() const;
  // When it ends if it is not used again.
  static std::int64_t expires_at_ms(const Session& session);
  // The hash of the cookie when this user is known by it. Another user's does not count: it would
  // be a second set of guesses at this one's password.
  std::optional<SecretHash> known(std::string_view browser, std::string_view user_id) const;

  // Whether nothing is left to be written behind a caller's back.
  bool idle() const { return writes_under_way_ == 0; }

 private:
  template <class Test>
  void drop(Test test);
  bool alive(const Session& session) const;
  std::vector<std::string> surplus_for(std::string_view user_id) const;
  std::optional<SecretHash> surplus_browser_for(std::string_view user_id) const;
  void touch(Session& session);
  base::Task<void> store_last_seen(Session session);

  storage::Database& database_;
  const base::Clock& clock_;
  base::Random& random_;
  UserTable& users_;
  int writes_under_way_ = 0;
  std::map<SecretHash, std::shared_ptr<Session>> sessions_;
  std::map<SecretHash, KnownBrowser> browsers_;
};

}  // namespace b3iq::agent
