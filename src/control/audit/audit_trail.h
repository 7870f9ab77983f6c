// The control plane's hash-chained record of what operators, nodes and the program itself did: the
// chain of protocol/audit_chain.h in the database, with the number and hash of its newest entry in
// a row of their own.
//
// An act is appended in the transaction that does it, as the last thing in it: the head's row is
// locked from there to the commit, which puts the entries of all replicas in one order. Loop
// thread.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "protocol/audit_chain.h"
#include "storage/database.h"

namespace b3iq::control {

// `actor`: "operator" (the command line on the machine itself), "control-plane" (the program), the
// id of an admin credential (adm_…) or of a node (b3n_…); with a second person's approval both ids,
// joined by "+" (approvals/approval_gate.h). The acts: docs/protocol/audit-log.md.
using protocol::AuditAct;
using protocol::AuditEntry;

inline constexpr std::string_view kOperatorActor = "operator";
inline constexpr std::string_view kProgramActor = "control-plane";

inline constexpr std::int64_t kMaxAuditPage = 1'000;

struct AuditVerdict {
  protocol::AuditState chain;
  std::int64_t head_seq = 0;  // of the head's row
  // Entry that breaks the chain first; one past the newest when entries are missing at the end, or
  // the head's row is another than the newest entry. 0: all holds.
  std::int64_t first_broken_seq = 0;
  std::string_view fault;  // in words; empty when all holds
};

class AuditLog {
 public:
  AuditLog(storage::Database& database, const base::Clock& clock)
      : database_(database), clock_(clock) {}

  // Inside the transaction of the act itself, and last in it.
  base::Task<base::Status> append(storage::Transaction& tx, const AuditAct& act) const;

  // Newest first, those before `before_seq` (0: from the newest), at most `limit`.
  base::Task<base::Result<std::vector<AuditEntry>>> newest(std::int64_t before_seq,
                                                           std::int64_t limit) const;
  // Oldest first, those after `after_seq`, at most `limit`: how the whole log is read piece by
  // piece.
  base::Task<base::Result<std::vector<AuditEntry>>> oldest(std::int64_t after_seq,
                                                           std::int64_t limit) const;
  // Reads all entries, in pieces, and recomputes every hash.
  base::Task<base::Result<AuditVerdict>> verify() const;

 private:
  storage::Database& database_;
  const base::Clock& clock_;
};

// An entry as a line of JSON, without the line feed: what an export is made of.
void append_audit_line(std::string& out, const AuditEntry& entry);

}  // namespace b3iq::control
