// The names that people know accounts by. Use and requests are booked under ids: of a key, of a
// user, or "operator" for the command line.
#pragma once

#include <string>
#include <string_view>

#include "agent/auth/local_auth.h"
#include "agent/auth/local_key_service.h"
#include "agent/auth/user_table.h"

namespace b3iq::agent {

struct AccountName {
  std::string name;  // of the key (also a revoked one) or the user; the id where there is none
  std::string user;  // whom the key was made for; "" for none
};

struct AccountNames {
  const LocalKeyService& keys;
  const UserTable& users;
  AccountName of(std::string_view account) const;
};

}  // namespace b3iq::agent
