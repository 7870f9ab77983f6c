#include "agent/auth/account_names.h"

namespace b3iq::agent {

AccountName AccountNames::of(std::string_view account) const {
  if (const auto* key = keys.find(account)) return {key->spec.name, key->spec.user};
  if (account == kCommandLineAccount) return {"command line", ""};
  auto name = owners.user_name(account);
  return {name.empty() ? std::string(account) : std::move(name), ""};
}

}  // namespace b3iq::agent
