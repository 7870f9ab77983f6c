// Who owns this node. One claim, ever: the first setup session that brings a name and a password
// becomes the owner; later setup tokens can only set a new password (recovery by whoever has the
// machine's command line). Loop thread only.
#pragma once

#include <string>

#include "agent/auth/accounts.h"
#include "agent/home.h"

namespace b3iq::agent {

class OwnerService {
 public:
  OwnerService(Home home, Accounts& accounts) : home_(std::move(home)), accounts_(accounts) {}

  // Swaps the setup token of `wizard url --with-token` for a session. Works once, for
  // kSetupTokenLifeMs. Errors: unauthorized, one text for every token that does not work.
  base::Task<base::Result<NewSession>> begin_setup(std::string token);
  // The one claim, by a setup session. Errors: conflict when there is an owner, invalid_request for
  // the name or the password.
  base::Task<base::Result<NewSession>> claim(std::string name, crypto::Secret password);
  // A new password for the owner by a setup session, which it uses up. Ends all sessions of the
  // owner and of setup tokens, and forgets the owner's browsers; other users' go on.
  base::Task<base::Result<NewSession>> recover(std::string setup_id, crypto::Secret password);

 private:
  Home home_;
  Accounts& accounts_;
};

}  // namespace b3iq::agent
