#include "agent/auth/user_table.h"

#include <algorithm>

namespace b3iq::agent {

namespace {

template <class Users, class Test>
auto* first(Users& users, Test test) {
  const auto found = std::ranges::find_if(users, test);
  return found == users.end() ? nullptr : &*found;
}

}  // namespace

void UserTable::remove(std::string_view id) {
  std::erase_if(users_, [id](const User& user) { return user.id == id; });
}

User* UserTable::find(std::string_view id) {
  return first(users_, [id](const User& user) { return user.id == id; });
}

const User* UserTable::find(std::string_view id) const {
  return first(users_, [id](const User& user) { return user.id == id; });
}

const User* UserTable::named(std::string_view name) const {
  const auto folded = folded_name(name);
  return first(users_, [&](const User& user) { return folded_name(user.name) == folded; });
}

const User* UserTable::owner() const {
  return first(users_, [](const User& user) { return user.role == Role::owner; });
}

const User* UserTable::invited_with(const SecretHash& invitation) const {
  return first(users_, [&](const User& user) { return user.invitation_hash == invitation; });
}

}  // namespace b3iq::agent
