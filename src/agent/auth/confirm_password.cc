#include <algorithm>

#include "agent/auth/owner_service.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Status;
using base::Task;

Task<Status> OwnerService::confirm_password(std::shared_ptr<Session> session,
                                            crypto::Secret password) {
  const auto found = std::ranges::find(users_, session->user_id, &User::id);
  if (found == users_.end()) co_return Error(ErrorCode::unauthorized, "This user was removed.");
  const auto hash = found->password_hash;
  // A stolen session must not become a guessing machine.
  CO_TRY_OK(throttle_.begin_attempt(session->cookie_hash));
  CO_TRY(const bool right, co_await passwords_.verify(hash, std::move(password)));
  if (!right) {
    audit_.note({session->user_id, "password.refused", session->id});
    co_return Error(ErrorCode::invalid_request, "The password is wrong.", "password");
  }
  throttle_.succeeded(session->cookie_hash);
  co_return Status();
}

}  // namespace b3iq::agent
