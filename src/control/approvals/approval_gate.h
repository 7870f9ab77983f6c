// What every act that may need a second person passes, in its own transaction: either the act needs
// none, or the approval it names is of exactly this act and is used up with it. Stateless; any
// thread.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/task.h"
#include "control/approvals/approval_types.h"
#include "storage/database.h"

namespace b3iq::control {

class ApprovalGate {
 public:
  ApprovalGate(ApprovalActs listed, const base::Clock& clock)
      : listed_(std::move(listed)), clock_(clock) {}

  // Inside the act's transaction, behind all that can refuse it otherwise and before its audit
  // entry: then a question is only ever asked about what could be done, and an approval is used by
  // nothing but a change. Returns whom the entry names as its actor: whoever did it, and with "+"
  // who approved it.
  //
  // Errors: conflict with approval_id when a second person has to be asked (by.question then holds
  // what), or when the approval does not stand; not_found; role_denied when it is another's.
  // `act`'s setting does not bind the operator on the machine, who has the database.
  base::Task<base::Result<std::string>> pass(storage::Transaction& tx, ApprovalAct act,
                                             std::string_view target, const ActBy& by) const;

 private:
  bool is_bound(ApprovalAct act, std::string_view actor) const;

  const ApprovalActs listed_;
  const base::Clock& clock_;
};

}  // namespace b3iq::control
