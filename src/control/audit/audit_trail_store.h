// The SQL of the audit log.
#pragma once

#include <cstdint>
#include <vector>

#include "control/audit/audit_trail.h"

namespace b3iq::control {

struct AuditHead {
  std::int64_t seq = 0;
  crypto::Sha256Digest hash{};  // zeros before the first entry
};

// Each runs inside the caller's transaction.
//
// Takes the number of the next entry and locks the head until the commit; `out` has that number and
// the hash of the entry before it. Error: corrupt when the head's row is gone.
base::Task<base::Status> take_audit_number(storage::Transaction& tx, AuditHead& out);
base::Task<base::Status> insert_audit_entry(storage::Transaction& tx, const AuditEntry& entry);
base::Task<base::Status> select_audit_head(storage::Transaction& tx, AuditHead& out);
base::Task<base::Status> select_audit_before(storage::Transaction& tx, std::int64_t before_seq,
                                             std::int64_t limit, std::vector<AuditEntry>& out);
base::Task<base::Status> select_audit_after(storage::Transaction& tx, std::int64_t after_seq,
                                            std::int64_t limit, std::vector<AuditEntry>& out);

}  // namespace b3iq::control
