#include "agent/auth/account_names.h"

namespace b3iq::agent {

AccountName AccountNames::of(std::string_view account) const {
  if (const auto* key = keys.find(account)) return {key->spec.name, key->spec.user};
  if (account == kCommandLineAccount) return {"command line", ""};
  const auto* user = users.find(account);
  return {user == nullptr ? std::string(account) : user->name, ""};
}

}  // namespace b3iq::agent
