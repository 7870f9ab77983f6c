// The users beside the owner: invite, change role, remove. Loop thread only.
//
// An invitation (b3iq_invite_) works once, for kInvitationLifeMs, and a newer one replaces it. Its
// browser gets a session that may only set the user's password; a user who has one already gets a
// new one in the same way.
#pragma once

#include <string>
#include <string_view>

#include "agent/auth/accounts.h"

namespace b3iq::agent {

class UserService {
 public:
  explicit UserService(Accounts& accounts) : accounts_(accounts) {}

  struct Invited {
    User user;
    crypto::Secret invitation;
  };
  // Errors: invalid_request for name or role (not `owner`); conflict when the name is taken, there
  // are kMaxUsers, or the node has no owner.
  base::Task<base::Result<Invited>> invite(std::string name, Role role, std::string actor);
  // In place of the invitation before. Errors: not_found; conflict for the owner.
  base::Task<base::Result<Invited>> renew_invitation(std::string user_id, std::string actor);
  // Holds at once for sessions that are open. Errors: not_found; invalid_request for `owner`;
  // conflict for the owner's.
  base::Task<base::Result<User>> set_role(std::string user_id, Role role, std::string actor);
  // Ends the user's sessions. Keys that the user made stay: they are the node's. Errors: not_found;
  // conflict for the owner.
  base::Task<base::Status> remove(std::string user_id, std::string actor);

  // Swaps an invitation for a session that may only set_password. Errors: unauthorized, one text
  // for every invitation that does not work.
  base::Task<base::Result<NewSession>> open_invitation(std::string token);
  base::Task<base::Result<NewSession>> accept(std::shared_ptr<Session> session,
                                              crypto::Secret password);

 private:
  base::Result<User> changeable(std::string_view user_id) const;

  Accounts& accounts_;
};

}  // namespace b3iq::agent
