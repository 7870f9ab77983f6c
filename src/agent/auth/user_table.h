// The node's users, held in memory as the database has them: at most kMaxUsers. Loop thread only.
#pragma once

#include <string_view>
#include <vector>

#include "agent/auth/user_types.h"

namespace b3iq::agent {

class UserTable {
 public:
  void replace_all(std::vector<User> users) { users_ = std::move(users); }
  void add(User user) { users_.push_back(std::move(user)); }
  void remove(std::string_view id);

  // Null when there is none. Valid until the table changes, so not over a co_await.
  User* find(std::string_view id);
  const User* find(std::string_view id) const;
  // However it is capitalised.
  const User* named(std::string_view name) const;
  const User* owner() const;
  const User* invited_with(const SecretHash& invitation) const;
  const std::vector<User>& all() const { return users_; }

 private:
  std::vector<User> users_;
};

}  // namespace b3iq::agent
