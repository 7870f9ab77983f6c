// The hash-chained record of security acts: claims, logins, keys, support grants. Each entry's hash
// covers the hash before it, so an entry that was changed, removed or put in later breaks the chain
// from there on. What a chain cannot show is the loss of its newest entries: whoever wants that
// keeps the head that verify() tells.
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
#include "crypto/sha256.h"
#include "storage/database.h"

namespace b3iq::agent {

// Who did what to what. Never a secret, and never what a stranger typed as a name or a password.
struct AuditAct {
  std::string actor;  // "operator" (the command line), "browser", or the id of a user, key or grant
  std::string_view
      act;  // "owner.claimed"; static storage, the list is in docs/operating/ownership.md
  std::string subject;  // the id of what it was done to; "" for none
};

struct AuditEntry {
  std::int64_t seq = 0;  // 1, 2, 3 … without a gap
  std::int64_t at_ms = 0;
  std::string actor;
  std::string act;
  std::string subject;
  crypto::Sha256Digest previous_hash{};  // zeros in the first entry
  crypto::Sha256Digest hash{};
};

struct AuditState {
  std::int64_t entries = 0;
  crypto::Sha256Digest head{};        // hash of the newest entry
  std::int64_t first_broken_seq = 0;  // 0: the chain holds
};

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
