// The hash-chained record of security acts: claims, logins, keys, support grants: the chain of
// protocol/audit_chain.h in the node's database.
//
// An act is appended in the transaction that does it: there is no act without its entry. Loop
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "protocol/audit_chain.h"
#include "storage/database.h"

namespace b3iq::agent {

// `act`: the list is in docs/operating/ownership.md. `actor`: "operator" (the command line),
// "browser", or the id of a user, key or grant.
using protocol::AuditAct;
using protocol::AuditEntry;
using protocol::AuditState;

class AuditLog {
 public:
  AuditLog(storage::Database& database, const base::Clock& clock)
      : database_(database), clock_(clock) {}

  // Inside the transaction of the act itself.
  base::Task<base::Status> append(storage::Transaction& tx, const AuditAct& act) const;
  // For an act that changes nothing else in the database, such as a refusal: written behind the
  // caller's back. A failure is logged.
  void note(AuditAct act);
  // Returns when what was noted until now is on disk: before an act is answered that is not to be
  // forgotten by a crash. Errors: storage_failed when a note was lost meanwhile; the act stands.
  base::Task<base::Status> noted() const;
  // Whether every note is on disk.
  bool idle() const { return notes_under_way_ == 0; }

  // Newest first, those before `before_seq` (0: from the newest), at most `limit`.
  base::Task<base::Result<std::vector<AuditEntry>>> list(std::int64_t before_seq,
                                                         std::int64_t limit) const;
  // Recomputes every hash.
  base::Task<base::Result<AuditState>> verify() const;

 private:
  base::Task<void> write_note(AuditAct act);

  storage::Database& database_;
  const base::Clock& clock_;
  int notes_under_way_ = 0;
  std::int64_t notes_lost_ = 0;
};

}  // namespace b3iq::agent
